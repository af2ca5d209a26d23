"""What a webcam and its driver do to a picture. float32 [H, W, 3], encoded sRGB in 0..1, in and out."""

import random as random_module

import cv2
import numpy as np

Random = random_module.Random
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def jitter(draw: Random, picture: np.ndarray, strength: float) -> np.ndarray:
    """Exposure, white balance, contrast, saturation and gamma, each drawn within `strength` of none."""
    gain = np.ones(3, np.float32)
    if draw.random() < 0.6:
        gain = np.array([draw.uniform(1 - 0.22 * strength, 1 + 0.22 * strength) for _ in range(3)], np.float32)
    out = picture * (gain * np.float32(draw.uniform(1 - 0.35 * strength, 1 + 0.3 * strength)))
    if draw.random() < 0.6:
        mean = out.mean((0, 1), keepdims=True)
        out = (out - mean) * np.float32(draw.uniform(1 - 0.4 * strength, 1 + 0.4 * strength)) + mean
    if draw.random() < 0.5:
        grey = (out @ LUMA)[..., None]
        out = grey + (out - grey) * np.float32(draw.uniform(max(0, 1 - 0.8 * strength), 1 + 0.5 * strength))
    out = np.clip(out, 0, 1)
    if draw.random() < 0.5:
        out = out ** np.float32(np.exp(draw.uniform(-0.45, 0.45) * strength))
    return out


def motion_kernel(draw: Random, longest: int) -> np.ndarray:
    """A straight line of 3 to `longest` pixels, in any direction, summing to 1; odd, so that nothing is shifted."""
    length = draw.randint(1, max(1, (longest - 1) // 2)) * 2 + 1
    kernel = np.zeros((length, length), np.float32)
    angle, centre = draw.uniform(0, np.pi), (length - 1) / 2
    dx, dy = centre * np.cos(angle), centre * np.sin(angle)
    start = (round(centre - dx), round(centre - dy))
    cv2.line(kernel, start, (round(centre + dx), round(centre + dy)), 1.0, 1)
    return kernel / kernel.sum()


def low_light(draw: Random, picture: np.ndarray) -> np.ndarray:
    """A dim room: less light, lifted by the camera, with the noise that this brings (shot and read noise)."""
    noise = np.random.default_rng(draw.getrandbits(32))
    dim = picture * np.float32(draw.uniform(0.15, 0.5))
    spread = np.sqrt(dim * np.float32(draw.uniform(0.0005, 0.004)) + np.float32(draw.uniform(1e-5, 3e-4)))
    dim = dim + noise.standard_normal(dim.shape, np.float32) * spread
    return np.clip(dim * np.float32(draw.uniform(1.2, 3.0)), 0, 1)


def webcam(draw: Random, picture: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Camera and driver: tone, defocus or motion or scaling, noise, JPEG.

    Returns uint8 [H, W, 3], and alpha (float32 [H, W], 0..1) as soft as the optics made the picture: an edge that is
    out of focus is a mixture of person and room, and its truth says so.
    """
    height, width = picture.shape[:2]
    if draw.random() < 0.35:
        picture = jitter(draw, picture, 0.6)
    if draw.random() < 0.08:
        picture = low_light(draw, picture)
    kind = draw.random()
    if kind < 0.12:
        sigma = draw.uniform(0.3, 1.3)
        picture, alpha = cv2.GaussianBlur(picture, (0, 0), sigma), cv2.GaussianBlur(alpha, (0, 0), sigma)
    elif kind < 0.18:
        kernel = motion_kernel(draw, 7)
        picture, alpha = cv2.filter2D(picture, -1, kernel), cv2.filter2D(alpha, -1, kernel)
    elif kind < 0.36:
        share = draw.uniform(0.4, 0.85)
        picture, alpha = (
            cv2.resize(cv2.resize(each, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), (width, height))
            for each in (picture, alpha)
        )
    elif kind < 0.46:  # The sharpening of cheap cameras.
        soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
        picture = picture + (picture - soft) * np.float32(draw.uniform(0.3, 1.5))
    if draw.random() < 0.4:
        noise = np.random.default_rng(draw.getrandbits(32))
        channels = 3 if draw.random() < 0.6 else 1
        picture = picture + noise.standard_normal((height, width, channels), np.float32) * np.float32(
            draw.uniform(0.004, 0.045)
        )
    codes = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    if draw.random() < 0.5:
        stored = cv2.imencode(".jpg", codes[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, draw.randint(30, 95)])[1]
        codes = cv2.imdecode(stored, cv2.IMREAD_COLOR)[..., ::-1]
    if draw.random() < 0.03:
        codes = np.repeat((codes @ LUMA).astype(np.uint8)[..., None], 3, 2)
    return np.ascontiguousarray(codes), np.clip(alpha, 0, 1)
