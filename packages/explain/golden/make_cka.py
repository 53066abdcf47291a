"""Linear CKA of three layers over two minibatches, in float64 and by its definition: the sum over all quadruples of different images.

    python3 make_cka.py > cka.json
"""

import itertools
import json

import numpy as np

IMAGES, BATCHES, WIDTHS = 6, 2, (5, 7, 3)


def features(batch: int, layer: int) -> np.ndarray:
    i, k = np.meshgrid(np.arange(IMAGES), np.arange(WIDTHS[layer]), indexing="ij")
    shared = np.sin(1.3 * i + 0.7 * batch) * np.cos(0.9 * k)
    own = np.sin((layer + 2) * (i + 1) * (k + 1) + batch)
    return np.float32(3 + shared + 0.4 * layer * own).astype(np.float64)


def hsic(x: np.ndarray, y: np.ndarray) -> float:
    k, l = x @ x.T, y @ y.T
    quadruples = list(itertools.permutations(range(len(x)), 4))
    return sum(k[i, j] * (l[i, j] + l[q, r] - 2 * l[i, q]) for i, j, q, r in quadruples) / len(quadruples)


batches = [[features(b, layer) for layer in range(len(WIDTHS))] for b in range(BATCHES)]
mean = np.array([[np.mean([hsic(batch[a], batch[b]) for batch in batches]) for b in range(3)] for a in range(3)])
cka = mean / np.sqrt(np.outer(np.diag(mean), np.diag(mean)))
print(json.dumps({"batches": [[layer.tolist() for layer in batch] for batch in batches], "cka": cka.tolist()}))
