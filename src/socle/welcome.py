"""What `socle serve` prints when it is up."""

from socle.installation import Loaded

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def server_url(host: str, port: int) -> str:
    """The address of a server that listens on a host and port."""
    shown = "127.0.0.1" if host in EVERYWHERE else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def welcome(loaded: Loaded, host: str, port: int, *, worker: bool, demo: str = "", operators: str = "") -> str:
    """The addresses, the state of the installation, and what to try first. `demo` tells of the demonstration's
    accounts, `operators` is the simulator's address."""
    base = server_url(host, port)
    lines = [
        "",
        f"Socle · édition {loaded.settings.edition} · {loaded.settings.environment}",
        f"  API             {base}/",
        f"  Swagger UI      {base}/swagger/",
        f"  ReDoc           {base}/redoc/",
        f"  OpenAPI         {base}/swagger.json",
        f"  Sondes          {base}/healthz  {base}/readyz  {base}/metrics",
    ]
    if not loaded.production:
        local = host in LOOPBACK
        reach = "sur cette machine seulement." if local else "et le réseau vous voit !"
        lines += [
            f"  Boîte d'envoi   {base}/_dev/outbox?to=ADRESSE",
            *(
                [f"  Opérateurs      {operators}/  (MTN, Orange et Moov simulés : leurs téléphones)"]
                if operators
                else []
            ),
            "",
            f"Environnement de développement : rôles et entreprises sont ouverts à tous, {reach}",
            *([demo] if demo else []),
            "Pour commencer, créez une entreprise puis son premier compte (README, « Premier tour ») :",
            f"  curl -s {base}/api/tenants/ -H 'Content-Type: application/json' \\",
            '    -d \'{"nom":"Ma Boutique","secteur":"Commerce","type":"SARL","adresse":"Cotonou","taille":5}\'',
        ]
    if not worker:
        lines.append("Sans travailleur (--no-worker) : lancez `socle worker` à côté.")
    return "\n".join([*lines, ""])
