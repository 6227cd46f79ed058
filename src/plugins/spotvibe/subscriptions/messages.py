"""What is said of plans and subscriptions."""

from core.primitives.errors import message

PLAN_NOT_FOUND = message("spotvibe_plan_not_found", fr="Plan non trouvé.", en="Plan not found.")
PLAN_NAME_USED = message(
    "spotvibe_plan_name_used", fr="Un plan avec ce nom existe déjà.", en="A plan with this name already exists."
)
PLAN_IN_USE = message(
    "spotvibe_plan_in_use",
    fr="Ce plan a des abonnements : il ne peut être supprimé.",
    en="This plan has subscriptions: it cannot be deleted.",
)
NOT_WHOLE = message(
    "spotvibe_price_not_whole",
    fr="Le prix doit être un montant payable en {currency}, sans décimales superflues.",
    en="The price must be an amount that can be paid in {currency}, without needless decimals.",
)
SUBSCRIPTION_NOT_FOUND = message(
    "spotvibe_subscription_not_found", fr="Abonnement non trouvé.", en="Subscription not found."
)
NONE_ACTIVE = message("spotvibe_no_subscription", fr="Aucun abonnement actif.", en="There is no active subscription.")
OTHER_ACTIVE = message(
    "spotvibe_other_subscription",
    fr="Votre abonnement {plan} est encore actif : renouvelez-le, ou mettez-le à niveau.",
    en="Your {plan} subscription is still active: renew it, or upgrade it.",
)
NOT_DEARER = message(
    "spotvibe_not_an_upgrade",
    fr="Une mise à niveau mène à un plan plus cher que {plan}.",
    en="An upgrade leads to a dearer plan than {plan}.",
)
CANCELLED_ALREADY = message(
    "spotvibe_subscription_cancelled",
    fr="Le renouvellement de cet abonnement est déjà annulé.",
    en="The renewal of this subscription is already cancelled.",
)
NO_MEANS = message(
    "spotvibe_no_means",
    fr="Indiquez un moyen de paiement : aucun n'est connu de cet abonnement.",
    en="Name a payment method: none is known of this subscription.",
)
UNSIGNED = message(
    "spotvibe_webhook_unsigned", fr="La signature manque ou n'est pas valable.", en="The signature is missing or wrong."
)

PAID = message(
    "spotvibe_subscription_paying",
    fr="Paiement d'abonnement initié. Veuillez confirmer sur votre téléphone.",
    en="The payment of the subscription has begun. Please confirm it on your phone.",
)
ACTIVATED = message("spotvibe_subscription_activated", fr="Abonnement activé.", en="The subscription is active.")
RENEWED = message(
    "spotvibe_subscription_renewed", fr="Abonnement renouvelé avec succès.", en="The subscription is renewed."
)
UPGRADED = message(
    "spotvibe_subscription_upgraded",
    fr="Abonnement mis à niveau avec succès.",
    en="The subscription is upgraded.",
)
CANCELLED = message(
    "spotvibe_subscription_ended", fr="Abonnement annulé avec succès.", en="The subscription is cancelled."
)
CALLED_BACK = message(
    "spotvibe_subscription_webhook",
    fr="Abonnement mis à jour via webhook.",
    en="The subscription is brought up to date.",
)
BILLED = message("spotvibe_subscription_billed", fr="Abonnement SpotVibe {plan}", en="SpotVibe subscription {plan}")

PLATFORM = message("spotvibe_feature_platform", fr="Accès à la plateforme", en="Access to the platform")
STANDARD_SUPPORT = message("spotvibe_feature_support", fr="Support standard", en="Standard support")
EVENTS = message("spotvibe_feature_events", fr="Création d'événements", en="Creating events")
EVENTS_TOLD = message(
    "spotvibe_feature_events_told",
    fr="Le nombre d'événements que vous pouvez créer.",
    en="How many events you may create.",
)
PER_MONTH = message("spotvibe_feature_per_month", fr="{number} par mois", en="{number} a month")
UNLIMITED = message("spotvibe_feature_unlimited", fr="Illimité", en="Unlimited")
COMMISSION = message("spotvibe_feature_commission", fr="Commission réduite", en="Reduced commission")
COMMISSION_TOLD = message(
    "spotvibe_feature_commission_told",
    fr="Ce que la plateforme retient de chaque billet vendu.",
    en="What the platform keeps of each ticket that is sold.",
)
PERCENT = message("spotvibe_feature_percent", fr="{number} %", en="{number}%")
PRIORITY_SUPPORT = message("spotvibe_feature_priority", fr="Support prioritaire", en="Priority support")
PRIORITY_TOLD = message(
    "spotvibe_feature_priority_told",
    fr="Accès direct à notre équipe de support.",
    en="Direct access to our support team.",
)

FAR_ENOUGH = message(
    "spotvibe_subscription_far_enough",
    fr="Cet abonnement est déjà renouvelé pour plus de trois ans.",
    en="This subscription is already renewed for more than three years.",
)
