"""The options of the commands about the command line itself. Read ../completion.py next."""


def help_(command):
    command.epilog = "example: minifcn help lessons build"
    command.add_argument("names", nargs="*", metavar="COMMAND", help="command to describe (default: list them all)")


def completion(command):
    command.epilog = 'for bash or zsh, put this into ~/.bashrc or ~/.zshrc: eval "$(minifcn completion)"'
