from datetime import date

from flask import Blueprint, abort, jsonify, render_template, request

from clinic.helpers import age_on
from clinic.models import Urgency
from clinic.repository import PatientRepository, VisitRepository

bp = Blueprint("visits", __name__)
TODAY = date(2024, 3, 1)


@bp.post("/")
def schedule():
    payload = request.get_json()
    patient = PatientRepository().get(payload["patient_id"])
    if patient is None:
        abort(404)
    urgency = Urgency[payload.get("urgency", "routine").upper()]
    visit = VisitRepository().schedule(patient, payload["day"], payload["reason"], urgency=urgency)
    return jsonify(id=visit.id, urgent=visit.is_urgent), 201


@bp.get("/upcoming")
def upcoming():
    visits = VisitRepository().upcoming(after=TODAY)
    ages = {visit.patient.full_name: age_on(visit.patient.born, visit.day) for visit in visits}
    return render_template("visits/upcoming.html", visits=visits, ages=ages)


@bp.get("/statistics")
def statistics():
    return jsonify(VisitRepository().statistics())
