"""CenterNet as exported: always [1, 100, 6], the hundred best finds.

Layout: x1, y1, x2, y2 in px of the input, score, class, of which 0 is a person. Each find is a peak of its own: there
are no doubles to suppress.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from postprocess.decoders.result import DecodedBoxes, DecodeOptions, single_output

_FINDS = 100
_SCORE, _CLASS = 4, 5
_PERSON = 0


def decode_centernet(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedBoxes:
    """Decode the boxes of persons in the network's order; those below ``options.min_score`` are dropped.

    Raises:
        OutputMismatch: if no output has the shape [1, 100, 6] or it is not finite.
    """
    finds = single_output("centernet", list(outputs), (1, _FINDS, 6))[0]
    persons = finds[(finds[:, _SCORE] >= options.min_score) & (finds[:, _CLASS] == _PERSON)]
    return DecodedBoxes(boxes=persons[:, :4], scores=np.clip(persons[:, _SCORE], 0.0, 1.0))
