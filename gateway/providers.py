"""Providers of models that the environment names: a key is enough to ask them."""

from collections.abc import Mapping
from typing import Final

import msgspec

from engine.models.profiles import Kind, ModelConfig, parse
from engine.models.speaking import Price
from engine.ports import ModelFailed
from gateway.settings import Settings, SettingsError

PLACES: Final[Mapping[str, str]] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "groq": "https://api.groq.com/openai/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "mistral": "https://api.mistral.ai/v1",
    "deepseek": "https://api.deepseek.com/v1",
}
"""Where those are whose keys people keep in their environment. Others need `model_urls`."""


def found_providers(settings: Settings) -> dict[str, tuple[Kind, ModelConfig]]:
    """Return the providers that have a key or an address. Raise `SettingsError`."""
    names = sorted({*settings.model_keys, *settings.model_urls})
    return {name: _provider(name, settings) for name in names}


def _provider(name: str, settings: Settings) -> tuple[Kind, ModelConfig]:
    url = settings.model_urls.get(name) or PLACES.get(name)
    if url is None:
        raise SettingsError(f"there is a key for {name}, but no address: add it to model_urls")
    kind: Kind = "anthropic" if name == "anthropic" else "openai"
    prices = _prices(name, settings.model_prices)
    default = settings.model.partition("/")
    config = {
        "base_url": ollama(url) if name == "ollama" else url,
        "api_key": settings.model_keys.get(name),
        "model": default[2] if default[0] == name else "",
        "prices": {model: msgspec.to_builtins(price) for model, price in prices.items()},
    }
    try:
        return kind, parse(kind, config)
    except ModelFailed as failure:
        raise SettingsError(f"the model provider {name}: {failure.info.message}") from None


def ollama(host: str) -> str:
    """Return where Ollama's API is, as its own variable names the host: `127.0.0.1:11434`."""
    url = host if "://" in host else f"http://{host}"
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    place = place.replace("0.0.0.0", "127.0.0.1", 1)
    if ":" not in place.rpartition("]")[2]:
        place = f"{place}:11434"
    return f"{scheme}://{place}{slash}{path}" if path else f"{scheme}://{place}/v1"


def _prices(name: str, prices: Mapping[str, str]) -> dict[str, Price]:
    """Read prices such as `2.5:10` or `2.5:10:1.25`: read, written, read again."""
    found: dict[str, Price] = {}
    for full, text in prices.items():
        profile, _, model = full.partition("/")
        if profile != name:
            continue
        try:
            parts = [float(part) for part in text.split(":")]
            found[model or "*"] = Price(
                input=parts[0], output=parts[1], cached=parts[2] if len(parts) > 2 else None
            )
        except (ValueError, IndexError):
            raise SettingsError(
                f"a price is US dollars for a million tokens read:written, not {text!r}"
            ) from None
    return found
