"""Pictures of every kind of page from a layout's sample data, for people to look over and for the tests of looks."""

from signage.preview.samples import SIZES, Sample, read_sample
from signage.preview.shots import Shot, shoot, shoot_sample

__all__ = ["SIZES", "Sample", "Shot", "read_sample", "shoot", "shoot_sample"]
