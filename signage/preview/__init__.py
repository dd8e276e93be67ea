"""Pictures of every kind of page from a layout's sample data, for people to look over and for the tests of looks."""

from signage.preview.samples import SIZES, Sample, read_sample
from signage.preview.shots import Photographer, Shot, photographer, shoot

__all__ = ["SIZES", "Photographer", "Sample", "Shot", "photographer", "read_sample", "shoot"]
