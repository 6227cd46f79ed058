"""Socle's tables, unmanaged."""

from django.db import models
from django.db.models.functions import Now


class SessionAccess(models.Model):
    """Who holds a session: the view that Socle's edge reads as well."""

    session_id = models.UUIDField(primary_key=True)
    expires_at = models.DateTimeField()
    account_id = models.UUIDField()
    organisation_id = models.UUIDField(null=True)
    role = models.TextField(null=True)
    permissions = models.JSONField(null=True)
    owner = models.BooleanField(null=True)
    is_authenticated = True

    class Meta:
        managed = False
        db_table = "session_access"


class Tenanted(models.Model):
    """A row of a tenant."""

    id = models.UUIDField(primary_key=True)
    entreprise = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(db_default=1)

    class Meta:
        abstract = True


class Produit(Tenanted):
    """A product."""

    nom = models.TextField()
    categorie = models.TextField()
    prix = models.DecimalField(max_digits=14, decimal_places=2)
    quantite = models.IntegerField()
    archived_at = models.DateTimeField(null=True)
    search_text = models.TextField()

    class Meta:
        managed = False
        db_table = "produit"


class Partner(Tenanted):
    """A client or supplier."""

    type = models.TextField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "partner"


class Vente(Tenanted):
    """A sale."""

    client = models.ForeignKey(Partner, on_delete=models.DO_NOTHING, db_column="client", db_constraint=False)
    statut = models.TextField()
    total = models.DecimalField(max_digits=26, decimal_places=2)

    class Meta:
        managed = False
        db_table = "vente"


class VenteItem(models.Model):
    """A line of a sale."""

    pk = models.CompositePrimaryKey("vente_id", "position")
    vente = models.ForeignKey(Vente, on_delete=models.DO_NOTHING, db_column="vente", related_name="items")
    position = models.IntegerField()
    entreprise = models.UUIDField()
    produit = models.ForeignKey(Produit, on_delete=models.DO_NOTHING, db_column="produit")
    quantite = models.IntegerField()
    prix_unitaire = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        managed = False
        db_table = "vente_item"


class Depense(models.Model):
    """An expense."""

    id = models.UUIDField(primary_key=True)
    entreprise = models.UUIDField()
    montant = models.DecimalField(max_digits=14, decimal_places=2)
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "depense"


class AuditEntry(models.Model):
    """What was done."""

    id = models.UUIDField(primary_key=True)
    action = models.TextField()
    method = models.TextField()
    path = models.TextField()
    object_type = models.TextField()
    object_id = models.TextField()
    ip_address = models.TextField()
    user_agent = models.TextField()
    status_code = models.IntegerField()
    account_id = models.UUIDField()
    organisation_id = models.UUIDField()

    class Meta:
        managed = False
        db_table = "audit_entry"


class IdempotentAnswer(models.Model):
    """The answer to a request under an `Idempotency-Key`."""

    pk = models.CompositePrimaryKey("account_id", "route", "key")
    account_id = models.UUIDField()
    route = models.TextField()
    key = models.TextField()
    fingerprint = models.BinaryField()
    status = models.IntegerField()
    body = models.BinaryField()
    headers = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        managed = False
        db_table = "idempotent_answer"
