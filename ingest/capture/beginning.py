"""Where an epoch begins: with the first keyframe, for nothing before it can be seen whole."""

# A stream that never marks a keyframe (intra refresh) is clean after about this many pictures.
_KEYFRAME_PATIENCE = 150


class Beginning:
    """Numbers the pictures of one reader: ``round`` rises with each epoch, ``index`` counts from 0 within it."""

    def __init__(self) -> None:
        self.round = 0
        self.anew()

    def anew(self) -> None:
        """Wait for the next epoch's first keyframe."""
        self.begun = False
        self.index = -1
        self._before = 0

    def reached_by(self, *, is_keyframe: bool) -> bool:
        """Whether this picture belongs to the epoch; the first that does begins it. All that do are to be numbered."""
        if not self.begun:
            if not is_keyframe and self._before < _KEYFRAME_PATIENCE:
                self._before += 1
                return False
            self.begun = True
            self.round += 1
        return True
