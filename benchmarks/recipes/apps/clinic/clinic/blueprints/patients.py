from http import HTTPStatus

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.views import MethodView

from ..helpers import paginate
from ..repository import PatientRepository

bp = Blueprint("patients", __name__)


class PatientList(MethodView):
    init_every_request = False

    def __init__(self):
        self.repository = PatientRepository()

    def get(self):
        page = request.args.get("page", 1, type=int)
        items, more = paginate(self.repository.all(), page, current_app.config["PAGE_SIZE"])
        return render_template("patients/list.html", patients=items, page=page, more=more)

    def post(self):
        form = request.get_json()
        patient = self.repository.create(form["full_name"], form["born"])
        return jsonify(patient.to_dict()), HTTPStatus.CREATED


class PatientDetail(MethodView):
    def __init__(self):
        self.repository = PatientRepository()

    def get(self, patient_id):
        patient = self.repository.get(patient_id)
        if patient is None:
            return redirect(url_for("patients.index"))
        return render_template("patients/detail.html", patient=patient)


bp.add_url_rule("/", view_func=PatientList.as_view("index"))
bp.add_url_rule("/<int:patient_id>", view_func=PatientDetail.as_view("detail"))
