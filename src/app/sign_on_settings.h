#pragma once

#include "base/result.h"
#include "config/config.h"
#include "signin/sign_on.h"

namespace app {

// With the files read that the settings name. Errors are for the person who starts the server.
base::Result<signin::SignOnSettings> sign_on_settings(const config::OpenId& openid);

}  // namespace app
