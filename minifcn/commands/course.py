"""The commands of the course: students' and instructors'. Read ../__main__.py next."""


def lessons(options):
    from ..course import command, languages

    if options.build:
        return command.build_lessons(options.lessons, options.check, options.force, options.language)
    with languages.speaking(options.language):
        return command.start_lessons(options.folder) if options.start else command.list_lessons(options.notebooks)


def check(options):
    from ..course import command, languages

    if options.sandbox:
        return command.show_walls()
    if options.exercise is None:
        raise ValueError("nothing to check was named; name a lesson, 06, or one of its exercises, 06.im2col")
    with languages.speaking(options.language):
        if options.hint:
            return command.show_hints(options.exercise, options.answers)
        return command.check_answers(options.exercise, options.answers, options.json, options.seed, options.seed_file)


def assemble(options):
    from ..course import command

    return command.assemble_package(options.out, options.answers, options.name, options.missing)


def explore(options):
    import webbrowser

    from ..course.paths import explorer_page

    address = explorer_page().as_uri()
    print(address)
    if not options.no_open and not webbrowser.open(address):
        print("no browser was found; open this address in one")
    return 0


def grade(options):
    from ..course import command

    return command.grade_class(options.lessons, options.submissions, options.out, options.seed_file, options.jobs)


def assignment(options):
    from ..course import command

    return command.make_assignment(options.lessons, options.out, options.seed_file, options.quiz, options.variant)
