"""The network in torch: the encoder of all-MiniLM-L6-v2 and three heads on it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from qa.conversion import PACKAGED
from qa.settings import DEFAULT_EMBEDDER


def model_folder() -> Path:
    """Where the weights lie that training starts from."""
    spec = importlib.util.find_spec(PACKAGED[DEFAULT_EMBEDDER][0])
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def load_tokenizer() -> Any:
    """Its tokenizer, which neither pads nor cuts."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


class ReaderNetwork(nn.Module):
    """Token ids -> logits of where the answer starts and ends, with [CLS] for "not here", and of relevance."""

    def __init__(self, folder: Path) -> None:
        from transformers import BertModel

        super().__init__()
        # No dropout within: its random numbers take a tenth of the time. Heads so narrow are faster by plain attention
        # than by torch's own.
        still: dict[str, Any] = {"attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0}
        self.encoder: Any = BertModel.from_pretrained(
            folder, add_pooling_layer=False, attn_implementation="eager", **still
        )
        # Questions bring no words that the encoder doesn't know; half of the weights need no gradient.
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        width = self.encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.span = nn.Linear(width, 2)
        self.relevance = nn.Linear(width, 1)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """(start and end logits, rows × tokens × 2; relevance, rows)"""
        hidden = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        hidden = self.dropout(hidden)
        return self.span(hidden), self.relevance(hidden[:, 0]).squeeze(-1)
