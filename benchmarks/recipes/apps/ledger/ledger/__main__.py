from .commands import cli

if __name__ == "__main__":
    cli.main(standalone_mode=True)
