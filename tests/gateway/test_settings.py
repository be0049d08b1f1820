"""Settings come from the environment, whole or with words about what is wrong."""

from pathlib import Path

import pytest

from gateway.settings import Settings, SettingsError, from_environ


def test_every_kind_of_setting_is_read() -> None:
    settings = from_environ(
        {
            "ASKWIRE_DATA": "/srv/askwire",
            "ASKWIRE_PORT": "9000",
            "ASKWIRE_SAMPLE": "false",
            "ASKWIRE_HEARTBEAT": "5",
            "ASKWIRE_ORIGINS": "https://a.example, https://b.example",
            "ASKWIRE_SOURCES": "shop=/srv/shop.sqlite, files=/srv/files",
            "ASKWIRE_TOKENS": "ann=secret",
            "HOME": "/nowhere",
        }
    )
    assert settings == Settings(
        data=Path("/srv/askwire"),
        port=9000,
        sample=False,
        heartbeat=5.0,
        origins=("https://a.example", "https://b.example"),
        sources={"shop": "/srv/shop.sqlite", "files": "/srv/files"},
        tokens={"ann": "secret"},
    )


def test_what_is_chosen_wins() -> None:
    settings = from_environ({"ASKWIRE_PORT": "9000"}, port=9001, host=None)
    assert (settings.port, settings.host) == (9001, "127.0.0.1")


def test_data_lives_in_the_persons_own_folder_by_default() -> None:
    assert from_environ({"XDG_DATA_HOME": "/d"}).data == Path("/d/askwire")
    assert from_environ({"HOME": "/h"}).data == Path("/h/.local/share/askwire")


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(SettingsError, match="did you mean ASKWIRE_PORT"):
        from_environ({"ASKWIRE_PROT": "9000"})


@pytest.mark.parametrize(("name", "value"), [("PORT", "many"), ("SAMPLE", "perhaps")])
def test_a_value_that_does_not_fit_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match="does not fit"):
        from_environ({f"ASKWIRE_{name}": value})


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_strangers_are_let_in_only_with_a_token(host: str) -> None:
    with pytest.raises(SettingsError, match="ASKWIRE_TOKEN"):
        Settings(host=host).require_safe()
    Settings(host=host, token="secret").require_safe()
