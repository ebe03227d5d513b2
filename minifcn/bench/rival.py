"""The same work in PyTorch, if it is installed. Only this file and rival_networks.py, its network, import PyTorch.

PyTorch is imported on first use; without it, `contenders` returns none. The work functions return {part: function},
like those of the cases.

torch.compile turns operations and whole networks into C++, so it needs a compiler, and seconds for each. A convolution by
itself would gain nothing: the code that it generates calls the kernel of oneDNN that PyTorch calls anyway. It is compiled
from contiguous tensors; within a network, it orders the memory by itself. Read rival_networks.py next.
"""

import functools
import importlib.util

import numpy as np

BACKEND = "inductor"  # of torch.compile: its default


def installed():
    """Whether PyTorch can be imported."""
    return importlib.util.find_spec("torch") is not None


def load(threads=None):
    """Import PyTorch and set its number of threads; returns its version, or None if it is not installed."""
    if not installed():
        return None
    import torch

    if threads is not None:
        torch.set_num_threads(threads)
    return torch.__version__


@functools.cache
def no_compiler():
    """Why torch.compile does not work here, in a line; '' if it does."""
    import torch

    try:
        compiled(lambda x: x + 1)(torch.zeros(8))
    except (RuntimeError, OSError) as error:  # no C++ compiler, one that fails, a Python it does not know, no cache folder
        return " ".join(str(error).split("\n\n")[0].split())  # its first paragraph, as a line
    return ""


def compiled(function):
    """`function` by torch.compile, which does its work when it is first called. Shapes are constants, as in a case."""
    import torch

    torch.compiler.reset()  # else a function that was compiled for many sizes is not compiled for another
    return torch.compile(function, dynamic=False, backend=BACKEND)


def contenders(work, compiles=False):
    """{"torch": work(), "channels last": work(channels_last=True)}, and {"compiled": work(compile=True)} if it compiles."""
    if not installed():
        return {}
    compiled = {"compiled": work(compile=True)} if compiles else {}
    return {"torch": work(), "channels last": work(channels_last=True), **compiled}


def tensor(array, channels_last=False):
    """A copy of `array` as a tensor in one of PyTorch's two memory formats, if it is a batch of images or volumes."""
    import torch

    copy = torch.from_numpy(np.array(array, order="C"))
    last = {4: torch.channels_last, 5: torch.channels_last_3d}.get(copy.ndim)
    return copy.contiguous(memory_format=last) if channels_last and last else copy


def convolution(x, weight, grad, geometry, transposed=False, channels_last=False):
    """A convolution, possibly transposed, and its two gradients, separately."""
    import torch

    x, weight, grad = (tensor(array, channels_last) for array in (x, weight, grad))
    g, no_bias, no_more = geometry, None, (0, 0)
    between = (no_more, g.groups, g.dilation) if transposed else (g.dilation, g.groups)
    apply = torch.nn.functional.conv_transpose2d if transposed else torch.nn.functional.conv2d
    settings = no_bias, g.stride, g.padding, g.dilation, transposed, no_more, g.groups
    backward = torch.ops.aten.convolution_backward
    return {
        "forward": lambda: apply(x, weight, no_bias, g.stride, g.padding, *between),
        "backward input": lambda: backward(grad, x, weight, *settings, (True, False, False))[0],
        "backward weight": lambda: backward(grad, x, weight, *settings, (False, True, False))[1],
    }


def operation(call, inputs, grad, channels_last=False, compile=False):
    """call(torch.nn.functional, *inputs), and the gradients of its float inputs, given `grad`, the result's."""
    import torch

    function = functools.partial(call, torch.nn.functional)
    function = compiled(function) if compile else function
    inputs = [tensor(array, channels_last) for array in inputs]
    learned = [x.requires_grad_() for x in inputs if x.is_floating_point()]

    @functools.cache
    def for_backward():  # computed when it is needed: the first call compiles
        y = function(*inputs)
        return y, learned, torch.empty_like(y).copy_(torch.from_numpy(np.array(grad)))

    return {
        "forward": lambda: function(*inputs).detach(),
        "backward": lambda: torch.autograd.grad(*for_backward(), retain_graph=True),
    }


def sgd(params, grads, options):
    """SGD on copies of `params`."""
    import torch

    params = [tensor(p).requires_grad_() for p in params]
    for p, grad in zip(params, grads):
        p.grad = tensor(grad)
    optimizer = torch.optim.SGD(params, **options)

    def update():
        optimizer.step()
        return tuple(p.detach() for p in params)

    return {"update": update}


def network(twin, state, optimizer, options, x, labels, channels_last=False, compile=False):
    """A training step and inference of `twin`, a PyTorch module, with the weights in `state` unless it is None.

    optimizer: 'SGD' or 'AdamW', with `options`; compile: the network and its loss, but not the optimizer
    """
    import torch

    work, labels = inference(twin, state, x, channels_last, compile), tensor(labels)
    x, make_optimizer = tensor(x, channels_last), getattr(torch.optim, optimizer)
    steps = make_optimizer([p for p in twin.parameters() if p.requires_grad], **options)

    def loss_of(x, labels):
        return torch.nn.functional.cross_entropy(twin(x), labels, ignore_index=255)

    find_loss = compiled(loss_of) if compile else loss_of

    def step():
        twin.train()
        loss = find_loss(x, labels)
        steps.zero_grad(set_to_none=True)
        loss.backward()
        steps.step()
        return loss.detach()

    return {"step": step, **work}


def inference(twin, state, x, channels_last=False, compile=False):
    """Inference of `twin`, into which `state` is loaded unless it is None; it gets the dtype of x and a memory format."""
    import torch

    twin.to(tensor(x).dtype)
    if state is not None:
        twin.load_state_dict({name: tensor(array) for name, array in state.items()})
    if channels_last:
        twin.to(memory_format=torch.channels_last)
    scores, x = compiled(twin) if compile else twin, tensor(x, channels_last)

    def infer():
        twin.eval()
        with torch.no_grad():
            return scores(x)

    return {"inference": infer}
