"""What becomes of a decoded frame before anything looks at it: size, then privacy."""

from av.video.frame import VideoFrame

from ingest.privacy import PrivacyMask
from ingest.scaling import PlaneScaler, rgb_image
from ingest.settings import ReadSettings
from posestream.schemas import Image


class PictureMaker:
    """Makes the pictures of one source; ``still`` ones keep full colour (rgb24). One object per thread."""

    def __init__(self, settings: ReadSettings, *, still: bool = False) -> None:
        self._settings = settings
        self._still = still
        self._scaler = PlaneScaler(settings)
        self._mask = PrivacyMask(settings.privacy)

    def image(self, frame: VideoFrame) -> Image:
        """Give the picture with its privacy areas blackened; raises InputError as the scaler does."""
        image = rgb_image(frame, self._settings) if self._still else self._scaler.image(frame)
        return self._mask.hide(image)
