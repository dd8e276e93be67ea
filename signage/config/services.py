"""Where live data comes from: the weather, for example. The public services, unless screens.toml says otherwise."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from signage.config.base import Strict
from signage.config.sources import check_service


class Services(Strict):
    """The addresses of services, by the type of `signage.domain.live_data.WantedData`."""

    weather: Annotated[str, AfterValidator(check_service)] = Field(
        "https://api.met.no/weatherapi/locationforecast/2.0/compact",
        description="The weather forecasts of MET Norway (Locationforecast 2.0), or a copy of them.",
    )
    departures: Annotated[str, AfterValidator(check_service)] = Field(
        "https://api.entur.io/journey-planner/v3/graphql",
        description="Departures from Entur (Journey Planner v3), or what answers as it does.",
    )
