"""Load what every worker needs; the fork server imports this once, and its workers share the pages."""

import cv2

from photospec.portrait._models import face_detector, front_detector, landmark_predictor

cv2.setNumThreads(1)
front_detector()
face_detector()
landmark_predictor()
