"""RTMDet as commonly exported: [1, M, 5] and the classes [1, M], of which 0 is a person.

Layout: x1, y1, x2, y2 in px of the input, score. The export suppresses doubles itself. M finds, often none.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from postprocess.decoders.result import DecodedBoxes, DecodeOptions, single_output

_PERSON = 0


def decode_rtmdet(outputs: Sequence[NDArray[np.float32]], options: DecodeOptions) -> DecodedBoxes:
    """Decode the boxes of persons in the network's order; those below ``options.min_score`` are dropped.

    Raises:
        OutputMismatch: if the finds [1, M, 5] or their classes [1, M] are not there or not finite.
    """
    finds = single_output("rtmdet", list(outputs), (1, None, 5))[0]
    classes = single_output("rtmdet", list(outputs), (1, len(finds)))[0]
    persons = finds[(finds[:, 4] >= options.min_score) & (classes == _PERSON)]
    return DecodedBoxes(boxes=persons[:, :4], scores=np.clip(persons[:, 4], 0.0, 1.0))
