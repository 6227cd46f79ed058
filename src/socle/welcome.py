"""What `socle serve` prints when it is up."""

from socle.installation import Loaded


def welcome(loaded: Loaded, host: str, port: int, *, worker: bool) -> str:
    """The addresses, the state of the installation, and what to try first."""
    shown = f"[{host}]" if ":" in host else host
    base = f"http://{shown}:{port}"
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
        local = host in ("127.0.0.1", "::1", "localhost")
        reach = "sur cette machine seulement." if local else "et le réseau vous voit !"
        lines += [
            f"  Boîte d'envoi   {base}/_dev/outbox?to=ADRESSE",
            "",
            f"Environnement de développement : rôles et entreprises sont ouverts à tous, {reach}",
            "Pour commencer, créez une entreprise puis son premier compte (README, « Premier tour ») :",
            f"  curl -s {base}/api/tenants/ -H 'Content-Type: application/json' \\",
            '    -d \'{"nom":"Ma Boutique","secteur":"Commerce","type":"SARL","adresse":"Cotonou","taille":5}\'',
        ]
    if not worker:
        lines.append("Sans travailleur (--no-worker) : lancez `socle worker` à côté.")
    return "\n".join([*lines, ""])
