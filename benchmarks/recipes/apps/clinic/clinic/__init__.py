from flask import Flask

from .blueprints import patients, visits
from .config import Config
from .extensions import Session, engine_for
from .helpers import initials
from .models import Base


def create_app(config: Config | None = None) -> Flask:
    config = config or Config.from_environment()
    app = Flask(__name__)
    app.config.from_mapping(PAGE_SIZE=config.page_size, CLINIC=config)
    engine = engine_for(config.database)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    Session.configure(bind=engine)
    app.register_blueprint(patients.bp, url_prefix="/patients")
    app.register_blueprint(visits.bp, url_prefix="/visits")
    app.jinja_env.filters["initials"] = initials
    app.teardown_request(lambda error: Session.remove())
    app.register_error_handler(404, not_found)

    @app.context_processor
    def common():
        return {"clinic_name": "North Street", "opening_hours": config.hours}

    return app


def not_found(error):
    return {"error": "not found"}, 404
