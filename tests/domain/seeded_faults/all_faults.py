"""All seeded faults in one list."""

from __future__ import annotations

from tests.domain.seeded_faults.faults_of_flow import FLOW
from tests.domain.seeded_faults.faults_of_proofs import PROOFS
from tests.domain.seeded_faults.faults_of_work import ACTIONS, EXPRESSIONS_AND_FORMS, PEOPLE_AND_TIME

FAULTS = (*FLOW, *PEOPLE_AND_TIME, *ACTIONS, *EXPRESSIONS_AND_FORMS, *PROOFS)
