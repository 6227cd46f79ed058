"""Rows and queries of subscriptions: plans, subscriptions with their history, purchases."""

from plugins.spotvibe.subscriptions.plan_store import PlanRow, PlanStore
from plugins.spotvibe.subscriptions.purchase_store import AchatRow, PurchaseStore
from plugins.spotvibe.subscriptions.subscription_store import AbonnementRow, HistoriqueRow, SubscriptionStore

__all__ = [
    "AbonnementRow",
    "AchatRow",
    "HistoriqueRow",
    "PlanRow",
    "PlanStore",
    "PurchaseStore",
    "SubscriptionStore",
]
