"""Load what every worker needs; the fork server imports this once, and its workers share the pages."""

import os

# One thread for each worker: OpenBLAS reads this once, when NumPy is imported, and two workers with two threads each
# are slower than one worker.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2

from photospec.networks.faces import face_detector, front_detector, landmark_predictor
from photospec.networks.shelf import SHIPPED
from photospec.portrait.views import VIEWS

cv2.setNumThreads(1)
front_detector(1)
front_detector()
face_detector()
landmark_predictor()
for name in VIEWS:
    SHIPPED.network(name)
