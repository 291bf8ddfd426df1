"""`python -m rangeops` and the `rangeops` command."""

from rangeops.cli import run


def main() -> None:
    run()


if __name__ == "__main__":
    main()
