"""Networks from the config.json of transformers: no weights are read, no code is run."""

from layerledger.core.formats.huggingface.reading import MODEL_TYPES, read_config

__all__ = ["MODEL_TYPES", "read_config"]
