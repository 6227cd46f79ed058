"""The manifest of training videos."""

from core.kernel import Kernel
from core.plugin import Permission, Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.ekigega.videos.http import Video, videos_controller
    from plugins.ekigega.videos.service import LISTING, Videos
    from plugins.ekigega.videos.store import VideoStore

    store = VideoStore(Video, listing=LISTING, time_zone=kernel.installation.time_zone)
    return Wired(controllers=[videos_controller(Videos(kernel.works, store, kernel.clock))])


PLUGIN = Plugin(
    name="ekigega_videos",
    title=Text(fr="Formations vidéo", en="Training videos"),
    suites=("ekigega",),
    requires=("accounts",),
    claims=("/api/videos",),
    permissions=(Permission("videos", Text(fr="Formations vidéo", en="Training videos")),),
    wire=_wire,
)
