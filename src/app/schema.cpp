#include "app/schema.h"

#include "auth/migrations.h"
#include "connections/migrations.h"
#include "federation/migrations.h"
#include "jobs/migrations.h"
#include "keys/migrations.h"
#include "oauth/migrations.h"
#include "providers/migrations.h"
#include "runs/migrations.h"
#include "signin/migrations.h"
#include "vault/migrations.h"
#include "webhooks/migrations.h"
#include "workspaces/migrations.h"

namespace app {

std::vector<storage::Component> schema() {
  return {jobs::migrations(),        vault::migrations(),    auth::migrations(),   auth::answer_migrations(),
          providers::migrations(),   webhooks::migrations(), keys::migrations(),   workspaces::migrations(),
          connections::migrations(), runs::migrations(),     signin::migrations(), federation::migrations(),
          oauth::migrations()};
}

}  // namespace app
