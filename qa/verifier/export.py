"""The trained network as an OpenVINO model whose weights are 8-bit integers, as the reader's."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from qa.reader.export import save_graph
from qa.verifier.network import VerifierNetwork


class _Outputs(nn.Module):
    """rows × tokens × 2: the logit of support, which is the same at all, and that of the token being unsupported."""

    def __init__(self, network: VerifierNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        support, tokens = self.network(ids, mask, types)
        return torch.stack([support[:, None].expand(-1, tokens.shape[1]), tokens], dim=-1)


def export_network(network: VerifierNetwork, path: Path) -> None:
    """Writes `path` (.xml), and beside it the weights (.bin)."""
    save_graph(_Outputs(network.eval()), path)
