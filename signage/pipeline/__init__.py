"""The one place that knows the order of the stages: sources, events, selection, timeline, pages, pictures, bundle."""

from signage.pipeline.build import Folders, Gathered, Pipeline
from signage.pipeline.report import BuildReport, ScreenReport, SourceReport

__all__ = ["BuildReport", "Folders", "Gathered", "Pipeline", "ScreenReport", "SourceReport"]
