"""Nothing secret in what a gateway hands on, even where an operator echoes it."""

from collections.abc import Iterable

import msgspec

from adapters.gateways.reading import kept_code
from core.payments.gateway import Observation, Submission
from core.primitives.secret import Secret


def clean_observation(observation: Observation, secrets: Iterable[Secret | None]) -> Observation:
    """Return an observation whose code is fit to be kept."""
    return msgspec.structs.replace(observation, code=kept_code(observation.code, secrets))


def clean_submission(submission: Submission, secrets: Iterable[Secret | None]) -> Submission:
    """Return a submission whose codes are fit to be kept."""
    known = tuple(secrets)
    observation = submission.observation
    return msgspec.structs.replace(
        submission,
        code=kept_code(submission.code, known),
        observation=clean_observation(observation, known) if observation is not None else None,
    )
