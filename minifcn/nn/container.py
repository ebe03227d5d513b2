"""ModuleList and Sequential: lists of modules. Read fusion.py next."""

from .module import Module


class ModuleList(Module):
    """A list of modules, named '0', '1', ..., to index and iterate over; the owner of the list calls them."""

    def __init__(self, modules=()):
        for module in modules:
            self.append(module)

    def append(self, module):
        """Append `module`. Returns the list. Raises TypeError for anything but a Module."""
        if not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__}: found {type(module).__name__}, expected a Module")
        setattr(self, str(len(self)), module)
        return self

    def __len__(self):
        return len(list(self.children()))

    def __iter__(self):
        return self.children()

    def __getitem__(self, index):
        """The module at `index`; for a slice, a new list of the same modules."""
        found = list(self)[index]
        return ModuleList(found) if isinstance(index, slice) else found


class Sequential(ModuleList):
    """Modules called in order, each on the output of the one before."""

    def __init__(self, *modules):
        super().__init__(modules)

    def forward(self, x):
        for module in self:
            x = module(x)
        return x

    def __getitem__(self, index):
        found = list(self)[index]
        return Sequential(*found) if isinstance(index, slice) else found
