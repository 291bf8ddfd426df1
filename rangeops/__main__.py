"""`python -m rangeops` and the `rangeops` command."""

import gc
import sys


def main() -> None:
    gc.disable()  # what loading makes stays: looking through it again and again finds nothing
    try:
        from rangeops.cli import run  # here, since Ctrl+C may come while it loads
    except KeyboardInterrupt:
        sys.exit(130)
    gc.enable()
    run()


if __name__ == "__main__":
    main()
