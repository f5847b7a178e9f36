"""The trained network as an OpenVINO model whose weights are 8-bit integers, as the reader's."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from qa.conversion import load_openvino
from qa.reader.export import INPUTS, quantise
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
    openvino = load_openvino()
    rows = torch.ones((2, 12), dtype=torch.long)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of every shape check that it passes
        graph = openvino.convert_model(_Outputs(network.eval()), example_input=(rows, rows, rows))
    for port, name in zip(graph.inputs, INPUTS, strict=True):
        port.get_tensor().set_names({name})
        port.get_node().set_partial_shape(openvino.PartialShape([-1, -1]))
    graph.validate_nodes_and_infer_types()
    quantise(graph)
    openvino.save_model(graph, path, compress_to_fp16=False)
