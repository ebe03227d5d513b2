"""Completion at the shell: a script of bash, made from the parser, that zsh also runs. Read commands/errors.py next."""

SCRIPT = """\
if [ -n "$ZSH_VERSION" ]; then
    autoload -U +X compinit bashcompinit
    type compdef > /dev/null 2>&1 || compinit
    bashcompinit
fi
_minifcn() {
    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}" words=""
    [ "$COMP_CWORD" = 1 ] && command=""
    case "$command $before" in
%s
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _minifcn minifcn"""


def script(root):
    """Completes commands, options and the values that these may have; file names where it knows no word that fits."""
    commands = choices_of(root)
    cases = [f'" "*) words="{" ".join(commands)}" ;;', f'"help "*) words="{" ".join(commands)}" ;;']
    for name, command in commands.items():
        for action in command._actions:
            if action.option_strings and action.choices:
                cases.append(f'"{name} {action.option_strings[-1]}") words="{" ".join(action.choices)}" ;;')
        options = f'[[ "$word" == -* ]] && words="{" ".join(command._option_string_actions)}"'
        cases.append(f'"{name} "*) words="{" ".join(choices_of(command))}"; {options} ;;')
    return SCRIPT % "\n".join(f"    {case}" for case in cases)


def choices_of(parser):
    """{name: parser} of a parser's commands, such as `build` of `minifcn lessons`."""
    return next((action.choices for action in parser._actions if action.choices and not action.option_strings), {})
