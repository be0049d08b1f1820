"""Every message is a frozen struct with names for its fields, and says what it means."""

import importlib
import pkgutil

import msgspec
import pytest

import protocol

# What a fold fills in as it goes; nobody holds one before it is done.
FILLED_IN = {"protocol.screens"}


def structs() -> list[type[msgspec.Struct]]:
    """Every struct that `protocol` defines, in whichever of its modules."""
    names = [found.name for found in pkgutil.walk_packages(protocol.__path__, "protocol.")]
    modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
    return [
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, msgspec.Struct)
        and thing.__module__ == module.__name__
    ]


@pytest.mark.parametrize("struct", structs(), ids=lambda struct: struct.__qualname__)
def test_a_struct_cannot_change_and_names_its_fields(struct: type[msgspec.Struct]) -> None:
    config = struct.__struct_config__
    assert config.frozen or struct.__module__ in FILLED_IN, "frozen=True"
    # Not inherited by msgspec: each class has to say it.
    fields = msgspec.structs.fields(struct)
    if fields:
        with pytest.raises(TypeError, match="positional"):
            struct(*(None for _ in fields))


def test_a_struct_says_what_it_means() -> None:
    public = [struct for struct in structs() if not struct.__name__.startswith("_")]
    assert [struct for struct in public if not (struct.__doc__ or "").strip()] == []
