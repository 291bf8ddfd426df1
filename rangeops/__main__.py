"""`python -m rangeops` and the `rangeops` command."""

import sys


def main() -> None:
    try:
        from rangeops.cli import run  # here, since Ctrl+C may come while it loads
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
