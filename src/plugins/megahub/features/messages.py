"""What is said of features and subscriptions. French texts that the document shows are its own."""

from typing import Final

from core.primitives.errors import message

NAME_USED: Final = message(
    "megahub_feature_name_used", fr="Une feature porte déjà ce nom", en="A feature has this name already"
)
FEATURE_IN_USE: Final = message(
    "megahub_feature_in_use",
    fr="Des entreprises sont abonnées à cette feature",
    en="Companies are subscribed to this feature",
)
FEATURE_UNKNOWN: Final = message(
    "megahub_feature_unknown", fr="Cette feature n'existe pas", en="There is no such feature"
)
FEATURE_OFF: Final = message(
    "megahub_feature_off", fr="Cette feature n'est plus proposée", en="This feature is not offered any more"
)
COMPANY_UNKNOWN: Final = message(
    "megahub_subscription_company_unknown", fr="Cette entreprise n'existe pas", en="There is no such company"
)
STAYS: Final = message(
    "megahub_subscription_stays",
    fr="Ce champ d'un abonnement ne change pas",
    en="This field of a subscription does not change",
)
SUBSCRIBED_ALREADY: Final = message(
    "megahub_subscribed_already",
    fr="Cette entreprise est déjà abonnée à cette feature",
    en="This company is subscribed to this feature already",
)
LIMIT_BELOW_USAGE: Final = message(
    "megahub_limit_below_usage",
    fr="La limite ne peut pas être inférieure à l'utilisation actuelle ({used})",
    en="The limit cannot be below the present usage ({used})",
)
USAGE_LIMIT_REACHED: Final = message(
    "megahub_usage_limit_reached",
    fr="Limite d'utilisation atteinte ({limit})",
    en="Usage limit reached ({limit})",
)
NOT_ACTIVE: Final = message(
    "megahub_subscription_not_active",
    fr="Cette feature est désactivée ou expirée pour cette entreprise",
    en="This feature is disabled or expired for this company",
)
INCREMENTED: Final = message(
    "megahub_usage_incremented", fr="Utilisation incrémentée de {amount}", en="Usage incremented by {amount}"
)
RESET: Final = message("megahub_usage_reset", fr="Utilisation remise à zéro", en="Usage reset to zero")
ENABLED: Final = message("megahub_feature_enabled", fr="Feature activée", en="Feature enabled")
DISABLED: Final = message("megahub_feature_disabled", fr="Feature désactivée", en="Feature disabled")
CATALOGUE_IS_NOT_YOURS: Final = message(
    "megahub_catalogue_is_not_yours",
    fr="Seuls les administrateurs de la plateforme peuvent modifier le catalogue",
    en="Only administrators of the platform may change the catalogue",
)
OVERVIEW_IS_NOT_YOURS: Final = message(
    "megahub_overview_is_not_yours",
    fr="Seuls les administrateurs de la plateforme voient toutes les entreprises",
    en="Only administrators of the platform see all companies",
)
NO_SELF_SERVICE: Final = message(
    "megahub_no_self_service",
    fr="Seuls les administrateurs de la plateforme peuvent augmenter ou remettre à zéro une limite",
    en="Only administrators of the platform may raise a limit or reset its usage",
)
NOT_ENTITLED: Final = message(
    "megahub_not_entitled",
    fr="Votre entreprise n'a pas d'abonnement actif à la feature {feature}",
    en="Your company has no active subscription to the feature {feature}",
)
EXPIRING: Final = message(
    "megahub_subscription_expiring",
    fr="L'abonnement à {feature} expire le {day}",
    en="The subscription to {feature} expires on {day}",
)
