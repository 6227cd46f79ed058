"""The messages that the accounts area sends. They are about security, so they ignore preferences (DECISIONS.md section
2, "Security messages")."""

from core.accounts.entities import Account, FactorMethod
from core.notifications.service import Notifications
from core.notifications.templates import template
from core.work import Work

SMS = "sms"

CODE = template(
    "accounts.code",
    subject_fr="Votre code : {code}",
    subject_en="Your code: {code}",
    body_fr="Votre code est {code}. Il est valable {minutes} minutes.\n\n"
    "Ne le communiquez à personne. Si vous n'avez rien demandé, changez votre mot de passe.\n",
    body_en="Your code is {code}. It is valid for {minutes} minutes.\n\n"
    "Do not give it to anyone. If you asked for nothing, change your password.\n",
)
PASSWORD_RESET = template(
    "accounts.password_reset",
    subject_fr="Réinitialisation de votre mot de passe",
    subject_en="Resetting your password",
    body_fr="Pour choisir un nouveau mot de passe, ouvrez ce lien dans les {minutes} minutes :\n\n{link}\n\n"
    "Si vous n'avez rien demandé, ignorez ce message : votre mot de passe reste inchangé.\n",
    body_en="To choose a new password, open this link within {minutes} minutes:\n\n{link}\n\n"
    "If you asked for nothing, ignore this message: your password is unchanged.\n",
)


class SecurityLetters:
    """Asks for codes and reset links to be sent."""

    def __init__(self, notifications: Notifications) -> None:
        self._notifications = notifications
        notifications.register(CODE, PASSWORD_RESET)

    def sends(self, method: FactorMethod) -> bool:
        """Whether this installation can bring codes this way."""
        return method is FactorMethod.EMAIL or (method is FactorMethod.SMS and SMS in self._notifications.channels)

    def code(self, work: Work, account: Account, method: FactorMethod, code: str, minutes: int) -> None:
        """Send a code by email or SMS. Raises `ValueError` for an SMS to an account without a number."""
        params: dict[str, str | int] = {"code": code, "minutes": minutes}
        if method is FactorMethod.SMS:
            if account.phone is None:
                raise ValueError(f"account {account.id} has no phone number")
            self._notifications.ask(work, SMS, CODE, account.phone, account.locale, params, account.id)
        else:
            self._notifications.ask_email(work, CODE, account.email, account.locale, params, account.id)

    def reset(self, work: Work, account: Account, link: str, minutes: int) -> None:
        """Send the link of a password reset."""
        params: dict[str, str | int] = {"link": link, "minutes": minutes}
        self._notifications.ask_email(work, PASSWORD_RESET, account.email, account.locale, params, account.id)
