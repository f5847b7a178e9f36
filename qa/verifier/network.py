"""The network in torch: the reader's encoder, and two heads that judge the sentence and each of its tokens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from qa.conversion import load_openvino
from qa.reader.network import model_folder

KEPT = 2  # layers that aren't trained
_PART = re.compile(r"__module\.network\.(?P<module>[\w.]+)/aten::(?P<kind>\w+)/(?P<use>\w+)$")


class VerifierNetwork(nn.Module):
    """Token ids -> logit of support, and of each token whether it is what isn't supported."""

    def __init__(self, start: Path | None = None) -> None:
        """`start` is the graph of a reader, whose encoder is taken, or of a verifier; without it all-MiniLM-L6-v2's."""
        from transformers import BertModel

        super().__init__()
        still: dict[str, Any] = {"attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0}
        self.encoder: Any = BertModel.from_pretrained(
            model_folder(), add_pooling_layer=False, attn_implementation="eager", **still
        )
        # The lowest layers stay as the reader learned them, which takes a fifth of the time away.
        for part in (self.encoder.embeddings, *self.encoder.encoder.layer[:KEPT]):
            part.requires_grad_(False)
        width = self.encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.whole = nn.Linear(width, 1)
        self.token = nn.Linear(width, 1)
        nn.init.constant_(self.whole.bias, 2.0)
        nn.init.constant_(self.token.bias, -2.0)
        if start is not None:
            load_weights(self, start)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """(logit of support, rows; logit of each token being unsupported, rows × tokens)

        One token that is wrong makes the sentence wrong: the largest of their logits count against it.
        """
        hidden = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        hidden = self.dropout(hidden)
        tokens = self.token(hidden).squeeze(-1)
        own = (mask * (1 - types)).to(tokens.dtype)
        worst = torch.logsumexp(tokens.float() + (own.float() - 1) * 1e4, dim=-1)
        return self.whole(hidden[:, 0]).squeeze(-1).float() - worst, tokens


def load_weights(network: VerifierNetwork, graph: Path) -> None:
    """Gives the network the weights of a converted reader or verifier: 8-bit integers times their rows' scales."""
    model = load_openvino().Core().read_model(graph)
    found = {name: weight for node in model.get_ops() for name, weight in _weights_of(node)}
    state = network.state_dict()
    for name in ("position_embeddings", "word_embeddings", "token_type_embeddings"):
        found[f"encoder.embeddings.{name}.weight"] = found.pop(f"encoder.embeddings.{name}")
    own = {name for name in state if name.startswith("encoder.") and not name.endswith("_ids")}
    if own - found.keys():
        raise ValueError(f"{graph.name} has no {sorted(own - found.keys())[0]}")
    for name in found.keys() & state.keys():  # a reader has no heads of a verifier
        state[name].copy_(found[name].reshape(state[name].shape))


def _weights_of(node: Any) -> list[tuple[str, Tensor]]:
    """The weights that go into this operation, by their names in torch."""
    part = _PART.match(node.get_friendly_name())
    if not part:
        return []
    names = {
        ("linear", "MatMul"): ".weight", ("linear", "Add"): ".bias",
        ("layer_norm", "Multiply_1"): ".weight", ("layer_norm", "Add"): ".bias", ("embedding", "Gather"): "",
    }  # fmt: skip
    name = names.get((part["kind"], part["use"]))
    values = [_constant(port.get_source_output().get_node()) for port in node.inputs()]
    large = [value for value in values if value is not None and (value.numel() > 1 or part["kind"] == "linear")]
    return [(part["module"] + name, large[0])] if name is not None and large else []


def _constant(node: Any) -> Tensor | None:
    """The values of a weight as floats, whether it is 8-bit or not; None for what depends on the inputs."""
    kind, inputs = node.get_type_name(), [port.get_source_output().get_node() for port in node.inputs()]
    if kind == "Constant":
        return torch.from_numpy(node.get_data().astype("float32"))
    if kind == "Multiply" and inputs[0].get_type_name() == "Convert" and inputs[1].get_type_name() == "Constant":
        whole = inputs[0].inputs()[0].get_source_output().get_node()
        if whole.get_type_name() == "Constant":
            return torch.from_numpy(whole.get_data().astype("float32") * inputs[1].get_data())
    return None
