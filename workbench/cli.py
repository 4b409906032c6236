"""The command `onewindow`."""

import typer

app = typer.Typer(name="onewindow", help="A laboratory for reforms of government service centres.", no_args_is_help=True)


@app.callback()
def onewindow() -> None:
    """A laboratory for reforms of government service centres."""


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
