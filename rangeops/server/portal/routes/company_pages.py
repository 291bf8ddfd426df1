"""The pages for test companies and their pilots, in the order in which their addresses are looked for."""

from typing import Final

from rangeops.server.portal.routes import company, company_plans, company_slot, company_slots, fly

ROUTERS: Final = (company.router, company_plans.router, company_slots.router, company_slot.router, fly.router)
