"""From the camera to the compliant file: the crop, the encoder, the watched folder."""
