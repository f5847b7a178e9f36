"""The trained network as an OpenVINO model whose weights are 8-bit integers, small enough to ship."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from qa.conversion import TOKENIZER, load_openvino
from qa.reader.network import ReaderNetwork, load_tokenizer

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
LEAST = 10_000  # numbers of a weight that is worth quantising


class _Outputs(nn.Module):
    """rows × tokens × 3: start, end, and relevance, of which that at [CLS] counts."""

    def __init__(self, network: ReaderNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        spans, relevance = self.network(ids, mask, types)
        return torch.cat([spans, relevance[:, None, None].expand(-1, spans.shape[1], 1)], dim=-1)


def export_network(network: ReaderNetwork, path: Path) -> None:
    """Writes `path` (.xml), and beside it the weights (.bin) and the tokenizer."""
    save_graph(_Outputs(network.eval()), path)
    load_tokenizer().save(str(path.with_name(TOKENIZER)), pretty=False)


def save_graph(outputs: nn.Module, path: Path) -> None:
    """Writes `path` (.xml), and beside it the weights (.bin), of what computes one output from token rows."""
    openvino = load_openvino()
    rows = torch.ones((2, 12), dtype=torch.long)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of every shape check that it passes
        graph = openvino.convert_model(outputs, example_input=(rows, rows, rows))
    for port, name in zip(graph.inputs, INPUTS, strict=True):
        port.get_tensor().set_names({name})
        port.get_node().set_partial_shape(openvino.PartialShape([-1, -1]))
    graph.validate_nodes_and_infer_types()
    quantise(graph)
    openvino.save_model(graph, path, compress_to_fp16=False)


def quantise(graph: Any) -> None:
    """Large weights become 8-bit integers with a scale for each row (of the output, or of the vocabulary)."""
    opset = load_openvino().opset13
    for node in graph.get_ops():
        if node.get_type_name() != "Constant" or node.get_element_type().to_string() != "f32":
            continue
        values = node.get_data()
        if values.ndim != 2 or values.size < LEAST:
            continue
        scale = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-9) / 127
        whole = opset.constant(np.clip(np.rint(values / scale), -127, 127).astype(np.int8))
        weight = opset.multiply(opset.convert(whole, "f32"), opset.constant(scale.astype(np.float32)))
        targets = list(node.output(0).get_target_inputs())
        for target in targets:
            target.replace_source_output(weight.output(0))
