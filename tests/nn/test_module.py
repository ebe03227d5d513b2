"""Modules: what they find, in which order, what crosses over from and to PyTorch, and what they refuse to load."""

import copy
import threading

import numpy as np
import pytest

import minifcn
from minifcn import nn, optim
from minifcn.nn.module import Module


class Block(Module):
    """One of everything: a parameter of its own, a buffer, children, and a plain tensor that is nobody's."""

    def __init__(self):
        self.conv = nn.Conv2d(2, 4, 3)
        self.scale = nn.Parameter(np.ones(4, np.float32))
        self.register_buffer("mean", minifcn.tensor([1.0, 2.0]))
        self.constant = minifcn.tensor([3.0])
        self.features = nn.Sequential(nn.Conv2d(4, 4, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU())


def composite(lib, **options):
    """The same network in minifcn (lib = minifcn.nn) and in PyTorch (lib = torch.nn)."""
    return lib.Sequential(
        lib.Conv2d(3, 8, 3, padding=1, dilation=1, **options),
        lib.BatchNorm2d(8),
        lib.ReLU(),
        lib.MaxPool2d(2, ceil_mode=True),
        lib.Sequential(lib.Conv2d(8, 12, (3, 1), stride=(1, 2), padding=(1, 0), groups=4), lib.LeakyReLU(0.1)),
        lib.LocalResponseNorm(5),
        lib.AvgPool2d(2, 1, 1),
        lib.Dropout(0.3),
        lib.ConvTranspose2d(12, 6, 4, stride=2, padding=1, output_padding=1, groups=2),
        lib.Tanh(),
        lib.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
        lib.AdaptiveAvgPool2d((3, 2)),
        lib.Flatten(),
        lib.Linear(36, 5),
        lib.Sigmoid(),
    )


def test_parameters_come_in_definition_order_own_ones_before_children():
    names = [name for name, _ in Block().named_parameters()]
    assert names == ["scale", "conv.weight", "conv.bias", "features.0.weight", "features.1.weight", "features.1.bias"]


def test_buffers_are_no_parameters_and_plain_tensors_are_nothing():
    names = [name for name, _ in Block().named_buffers()]
    assert names == ["mean", "features.1.running_mean", "features.1.running_var", "features.1.num_batches_tracked"]


def test_named_modules_begin_with_the_module_itself():
    names = [name for name, _ in Block().named_modules()]
    assert names == ["", "conv", "features", "features.0", "features.1", "features.2"]


def test_a_shared_module_is_learned_once_but_saved_under_both_names():
    layer = nn.Linear(3, 3)
    net = nn.Sequential(layer, layer)
    assert len(list(net.parameters())) == 2
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_train_and_eval_reach_every_module():
    net = Block().eval()
    assert not any(module.training for module in net.modules())
    assert all(module.training for module in net.train().modules())


def test_a_frozen_module_stays_in_evaluation_when_all_the_others_train():
    net = Block().train()
    assert net.features.freeze() is net.features
    net.eval().train()
    trained = {name for name, module in net.named_modules() if module.training}
    assert trained == {"", "conv"}
    assert [name for name, p in net.named_parameters() if p.requires_grad] == ["scale", "conv.weight", "conv.bias"]


def test_freezing_drops_gradients_and_a_copy_stays_frozen():
    net = nn.Sequential(nn.Linear(2, 1), nn.Dropout(0.5))
    net(minifcn.tensor([[1.0, 2.0]])).sum().backward()
    twin = copy.deepcopy(net.freeze()).train()
    assert net[0].weight.grad is None and not any(module.training for module in twin.modules())


def test_requires_grad_ends_a_freeze_so_that_everything_can_be_trained_on():
    net = Block().train()
    net.features.freeze()
    net.requires_grad_(True).train()
    assert all(module.training for module in net.modules()) and all(p.requires_grad for p in net.parameters())
    net.features.freeze()
    net.conv.requires_grad_(True)
    assert not any(module.training for module in net.train().features.modules())


def test_a_modules_own_train_is_called_from_above_as_in_pytorch():
    def net_of(nn):
        class Still(nn.Module):
            def train(self, mode=True):
                return super().train(False)

        return nn.Sequential(Still(), nn.Sequential(Still(), nn.Dropout(0.5)))

    torch = pytest.importorskip("torch")
    ours, theirs = ([module.training for module in net_of(lib).train().modules()] for lib in (nn, torch.nn))
    assert ours == theirs == [True, False, True, False, True]


def test_a_module_pickled_when_its_mode_was_a_plain_attribute_keeps_it():
    layer = nn.Dropout(0.5)
    vars(layer).update(training=False)
    assert not layer.training and layer.train().training


@pytest.mark.parametrize("make", [
    lambda p: optim.SGD(p, 0.1, 0.9, weight_decay=0.1), lambda p: optim.Adam(p, 0.1, weight_decay=0.1), optim.AdamW,
])  # fmt: skip
def test_no_array_of_a_frozen_part_changes_whatever_the_optimizer(make):
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.Conv2d(4, 2, 1), nn.BatchNorm2d(2))
    optimizer = make(list(net.parameters()))
    x = minifcn.tensor(np.random.default_rng(0).standard_normal((2, 3, 6, 6)), dtype="float32")

    def step():
        optimizer.zero_grad()
        (net.train()(x) ** 2).sum().backward()
        optimizer.step()

    step()                                                            # the frozen part has momentum when it is frozen
    net[:3].freeze()
    before = net.state_dict()
    for _ in range(3):
        step()
    changed = {name for name, array in net.state_dict().items() if not np.array_equal(array, before[name])}
    assert changed == {name for name in before if name.startswith(("3.", "4."))}


# In evaluation, in one thread -----------------------------------------------------------------------------------------


def test_evaluating_uses_running_statistics_and_no_dropout_and_writes_nothing():
    net = nn.Sequential(nn.BatchNorm2d(3), nn.Dropout(0.5))
    net[0].running_mean.data[:] = 1
    before, x = net.state_dict(), minifcn.tensor(np.ones((1, 3, 1, 1), np.float32))
    with nn.evaluating():
        assert not net(x).numpy().any() and not net.training
        assert not net.train().training                               # what the block says goes before the mode
    assert net.training and net[1].training
    assert all(np.array_equal(array, before[name]) for name, array in net.state_dict().items())


def test_evaluating_ends_with_its_block_also_by_an_error():
    net = nn.Dropout()
    with pytest.raises(KeyError), nn.evaluating(), nn.evaluating():
        raise KeyError
    assert net.training


def test_evaluating_refuses_to_decorate_a_generator_whose_body_it_would_not_cover():
    def modes():
        yield nn.Dropout().training

    with pytest.raises(TypeError, match=r"^evaluating: modes is a generator function, .* inside `with evaluating\(\):`"):
        nn.evaluating()(modes)


def test_evaluating_in_one_thread_leaves_the_others_training():
    net, inside = nn.Sequential(nn.BatchNorm2d(3)), threading.Barrier(2, timeout=300)
    seen = []

    def evaluate():
        with nn.evaluating():
            inside.wait()
            seen.append(net[0].training)
            inside.wait()

    thread = threading.Thread(target=evaluate)
    thread.start()
    inside.wait()
    seen.append(net[0].training)
    inside.wait()
    thread.join()
    assert sorted(seen) == [False, True]


def test_to_a_dtype_keeps_the_parameter_objects_and_integer_buffers():
    net = Block()
    before = list(net.parameters())
    before[0].grad = np.ones(4, np.float32)
    net.to("float64")
    assert all(a is b for a, b in zip(before, net.parameters()))
    assert {p.dtype for p in before} == {np.dtype(np.float64)} and before[0].grad.dtype == np.float64
    assert net.features[1].num_batches_tracked.dtype == np.int64 and net.mean.dtype == np.float64


@pytest.mark.parametrize("target", ["gpu", "int32", None, 3])
def test_to_names_a_wrong_target(target):
    with pytest.raises(ValueError, match="to: found .* expected 'cpu', 'cuda', 'float32' or 'float64'"):
        nn.ReLU().to(target)


def test_zero_grad_forgets_and_requires_grad_freezes():
    net = nn.Linear(2, 1)
    net(minifcn.tensor([[1.0, 2.0]])).sum().backward()
    assert net.weight.grad.tolist() == [[1, 2]]
    net.zero_grad()
    assert net.weight.grad is None and not any(p.requires_grad for p in net.requires_grad_(False).parameters())


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match=r"Block has no forward\(\)"):
        Block()(1)


def test_a_parameter_is_floating_point():
    with pytest.raises(TypeError, match="Parameter: data is int64"):
        nn.Parameter(np.arange(3))
    with pytest.raises(TypeError, match="Parameter: data is list"):
        nn.Parameter([1.0])


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, 0.1), lambda p: optim.Adam(p, 0.1)])
def test_a_parameter_of_one_numpy_number_is_an_array_and_learns(make):
    parameter = nn.Parameter(np.float32(1))
    (parameter * 3.0).backward()
    make([parameter]).step()
    assert isinstance(parameter.data, np.ndarray) and parameter.item() < 1


def test_a_buffer_may_be_none_and_is_not_saved_then():
    net = Block()
    net.register_buffer("nothing", None)
    assert list(net.state_dict()) == list(Block().state_dict())
    assert len(list(net.to("float64").buffers())) == len(list(Block().buffers()))


def test_sequential_and_module_list_index_slice_append_and_refuse_strangers():
    net = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid())
    assert isinstance(net[-1], nn.Sigmoid) and isinstance(net[1:], nn.Sequential) and len(net[1:]) == 2
    assert list(nn.ModuleList([nn.Linear(1, 1)]).append(nn.Linear(1, 2)).state_dict())[2] == "1.weight"
    with pytest.raises(TypeError, match="Sequential: found int, expected a Module"):
        nn.Sequential(nn.ReLU(), 3)


def test_repr_is_pytorchs():
    torch = pytest.importorskip("torch")

    def net(lib):
        up = lib.Sequential(lib.ConvTranspose2d(4, 4, 4, 2, 1, groups=2), lib.Flatten(), lib.Linear(3, 4))
        return lib.Sequential(lib.Conv2d(3, 8, 3, padding=1, bias=False), lib.ReLU(), lib.MaxPool2d(2), up)

    assert repr(net(nn)) == repr(net(torch.nn))


# State dicts ----------------------------------------------------------------------------------------------------------


def test_state_dict_is_a_copy():
    net = Block()
    net.state_dict()["scale"][:] = 7
    assert net.scale.numpy().tolist() == [1, 1, 1, 1]


def test_state_dict_has_pytorchs_keys_shapes_and_dtypes_in_order():
    torch = pytest.importorskip("torch")
    ours = [(name, array.shape, str(array.dtype)) for name, array in composite(nn).state_dict().items()]
    theirs = [(name, tuple(t.shape), str(t.dtype)[6:]) for name, t in composite(torch.nn).state_dict().items()]
    assert ours == theirs


@pytest.mark.parametrize("direction", ["from torch", "to torch"])
def test_a_state_dict_crosses_over_and_the_outputs_are_equal(direction):
    torch = pytest.importorskip("torch")
    ours, theirs = composite(nn).to("float64"), composite(torch.nn).double()
    x = np.random.default_rng(0).standard_normal((3, 3, 11, 13))
    theirs[0:2](torch.from_numpy(x))                                  # so that the running statistics are no defaults
    if direction == "from torch":
        ours.load_state_dict(theirs.state_dict())
    else:
        ours[0:2](minifcn.tensor(x))
        theirs.load_state_dict({name: torch.from_numpy(array) for name, array in ours.state_dict().items()})
    y = ours.eval()(minifcn.tensor(x)).numpy()
    np.testing.assert_allclose(y, theirs.eval()(torch.from_numpy(x)).detach().numpy(), rtol=0, atol=1e-9)


def test_training_the_composite_gives_pytorchs_gradients_and_running_statistics():
    torch = pytest.importorskip("torch")
    ours, theirs = composite(nn).to("float64"), composite(torch.nn).double()
    ours[7].p = theirs[7].p = 0.0                                     # dropout draws differ
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(1).standard_normal((3, 3, 11, 13))
    (ours(minifcn.tensor(x)) ** 2).sum().backward()
    (theirs(torch.from_numpy(x)) ** 2).sum().backward()
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-9, atol=1e-12)
    for b, c in zip(ours.buffers(), theirs.buffers(), strict=True):
        np.testing.assert_allclose(b.numpy(), c.numpy(), rtol=1e-12)


def test_one_message_tells_everything_that_differs_and_nothing_is_loaded():
    net = Block()
    before = net.state_dict()
    state = {name: array + 1 for name, array in before.items()}
    state["scale"] = np.zeros((5,), np.float32)
    state["conv.bias"] = np.zeros(4)
    state["features.1.bias"] = np.full(4, np.nan, np.float32)
    state["extra.weight"] = state.pop("conv.weight")
    with pytest.raises(ValueError) as error:
        net.load_state_dict(state)
    for part in (
        "this Block",
        "missing: conv.weight;",
        "unexpected: extra.weight;",
        "scale has shape (5,), expected (4,)",
        "conv.bias is float64, expected float32",
        "features.1.bias holds NaN or infinity",
    ):
        assert part in str(error.value)
    assert all(np.array_equal(before[name], array) for name, array in net.state_dict().items())


def test_not_strict_loads_what_is_on_both_sides_and_returns_the_rest():
    net = nn.Linear(2, 1)
    missing, unexpected = net.load_state_dict({"bias": np.array([5], np.float32), "other": np.zeros(1)}, strict=False)
    assert (missing, unexpected) == (["weight"], ["other"]) and net.bias.numpy().tolist() == [5]


def test_not_strict_still_refuses_a_wrong_shape():
    with pytest.raises(ValueError, match=r"weight has shape \(3,\), expected \(1, 2\)"):
        nn.Linear(2, 1).load_state_dict({"weight": np.zeros(3, np.float32)}, strict=False)


def test_float32_weights_load_into_a_float64_module():
    net = nn.Linear(2, 1).to("float64")
    net.load_state_dict(nn.Linear(2, 1).state_dict())
    assert net.weight.dtype == np.float64


def test_loaded_parameters_do_not_share_memory_with_the_state():
    net, state = nn.Linear(2, 1), nn.Linear(2, 1).state_dict()
    net.load_state_dict(state)
    state["weight"][:] = 9
    assert not (net.weight.numpy() == 9).any()


def test_a_state_that_is_not_a_dict_is_refused():
    with pytest.raises(TypeError, match="load_state_dict: found list, expected a dict of arrays"):
        nn.Linear(2, 1).load_state_dict([1])


def test_many_differences_are_counted_not_listed():
    net = nn.Sequential(*(nn.Linear(1, 1) for _ in range(10)))
    with pytest.raises(ValueError, match="1.bias and 16 more"):
        net.load_state_dict({})
