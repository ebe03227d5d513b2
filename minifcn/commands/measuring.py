"""The commands that measure: `study`, `bench`, `gradcheck`, `warm-up`, and those that describe networks. Read course.py next."""

from ..files import printable
from .errors import complain


def bench(options):
    import numba

    from ..bench import ranks, run

    if options.only == "ranks":
        ranks.run_benchmark(options.threads or numba.get_num_threads(), options.out, options.quick)
    elif options.markdown:
        run.print_markdown(options.only, options.quick, options.out)
    elif options.profile:
        run.print_profile(options.only, options.threads)
    else:
        run.run_benchmark(options.only, options.quick, options.threads, options.out, quiet=options.quiet)
    return 0


def gradcheck(options):
    from .. import plot
    from ..gradcheck.catalogue_network import CASES, step_errors_of_a_convolution
    from ..gradcheck.table import run_table
    from ..kernels.cpu.runtime.threads import threads_each
    from ..models.gradcheck_case import network_cases

    cases = [case for case in [*CASES, *network_cases()] if options.only in case.name]
    if not cases:
        raise ValueError(f"gradcheck: no operation has {options.only!r} in its name; leave out --only to see them all")
    if options.plot:
        plot.save(plot.step_curve(step_errors_of_a_convolution()), options.plot)
        print(f"drew the error against the step size in {printable(options.plot)}")
    with threads_each(1):  # the arrays are tiny: threads would only wait for each other
        return 0 if run_table(cases, options.seed, progress=not options.quiet) else 1


def study(options):
    from ..studies.catalogue import listing, study_of
    from ..studies.results import read_results
    from ..studies.run import report, run_study
    from ..studies.study import own_options
    from ..train import TrainingStopped

    if options.study is None:
        print(listing())
        return 0
    subject = study_of(options.study)
    own = own_options(subject, vars(options))
    if options.markdown:
        print(report(read_results(subject, own, options.out), markdown=True))
        return 0
    try:
        results = run_study(subject, options.out, seeds=options.seeds, quiet=options.quiet, **vars(own))
    except (KeyboardInterrupt, TrainingStopped):
        complain(f"interrupted; finished runs are in {options.out}, and the same command continues from there")
        return 130
    print("\n" * (not options.quiet) + report(results))
    return 0


def warm_up(options):
    if options.profile:
        from ..bench.compile_profile import compile_profile

        print(*compile_profile(), sep="\n")
        return 0
    from ..kernels.cpu.warm_up import compilation_bar, warm_up

    warm_up(progress=None if options.quiet else compilation_bar)
    return 0


def models(options):
    from ..bench import networks

    return networks.list_networks(options.only, options.size, options.time, options.markdown)


def describe(options):
    from ..bench import networks

    return networks.describe(options.model, options.backbone, options.size, options.geometry, options.plot)
