from collections import Counter
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from .extensions import Session
from .models import Patient, Urgency, Visit


class PatientRepository:
    def __init__(self, session=Session):
        self.session = session

    def all(self):
        query = select(Patient).options(selectinload(Patient.visits)).order_by(Patient.full_name)
        return self.session.scalars(query).all()

    def get(self, patient_id):
        return self.session.get(Patient, patient_id)

    def create(self, full_name, born):
        patient = Patient(full_name=full_name, born=date.fromisoformat(born))
        self.session.add(patient)
        self.session.commit()
        return patient


class VisitRepository:
    def __init__(self, session=Session):
        self.session = session

    def schedule(self, patient, day, reason, urgency=Urgency.ROUTINE):
        visit = Visit(patient=patient, day=date.fromisoformat(day), reason=reason, urgency=int(urgency))
        self.session.add(visit)
        self.session.commit()
        return visit

    def upcoming(self, after):
        query = select(Visit).where(Visit.day > after).order_by(Visit.day)
        return list(self.session.scalars(query))

    def statistics(self):
        total = self.session.scalar(select(func.count(Visit.id)))
        urgencies = Counter(self.session.scalars(select(Visit.urgency)))
        most_common, _ = urgencies.most_common(1)[0]
        return {"total": total, "most_common": Urgency(most_common).name, "kinds": len(urgencies)}
