#pragma once

#include <string>

#include "catalogue/type.h"
#include "cli/connection_files.h"
#include "cli/context.h"

namespace cli {

// Begins a sign-in at the service, tells the person what to do on the error stream, and waits until he has done it.
// `path`: the collection where it begins. The id of the finished sign-in, for the request that uses it.
base::Result<std::string> sign_in(Context& context, const std::string& path, const Json& attributes);

// For a connection that a file or the line describes. kInvalid if no secret of its scheme is filled by a sign-in.
base::Result<std::string> sign_in_for(Context& context, const std::string& project, const ConnectionFile& file,
                                      const std::string& configuration);

// Whether a secret of the scheme is filled by a sign-in at the service.
bool takes_sign_in(const catalogue::Scheme& scheme);

// The file as it will be when the sign-in is done: with something in the place of what that brings.
ConnectionFile as_if_signed_in(ConnectionFile file);

// "system oauth-configuration …"
void add_oauth_configuration_commands(Program& program, CLI::App& system);

}  // namespace cli
