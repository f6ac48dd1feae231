package compat

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	tfe "github.com/hashicorp/go-tfe"
)

func TestOAuthClientsAndTheirToken(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	organization := newOrganization(t, client)
	made := newOAuthClient(t, client, organization.Name)
	equal(t, "service provider", made.ServiceProvider, tfe.ServiceProviderGithubEE)
	equal(t, "display name", made.ServiceProviderName, "GitHub Enterprise Server")
	equal(t, "API URL", made.APIURL, forge(t)+"/api/v3")
	equal(t, "HTTP URL", made.HTTPURL, forge(t))
	isTrue(t, "named", made.Name != nil && *made.Name == "forge")
	isTrue(t, "a callback address", strings.HasPrefix(made.CallbackURL, address(t)))
	isTrue(t, "for the whole organization", made.OrganizationScoped != nil && *made.OrganizationScoped)
	equal(t, "tokens", len(made.OAuthTokens), 1)
	list, err := client.OAuthClients.List(ctx, organization.Name, nil)
	must(t, err)
	equal(t, "clients", len(list.Items), 1)
	changed, err := client.OAuthClients.Update(ctx, made.ID, tfe.OAuthClientUpdateOptions{Name: tfe.String("renamed")})
	must(t, err)
	isTrue(t, "renamed", changed.Name != nil && *changed.Name == "renamed")
	equal(t, "token after a change", changed.OAuthTokens[0].ID, made.OAuthTokens[0].ID)
	token, err := client.OAuthTokens.Read(ctx, made.OAuthTokens[0].ID)
	must(t, err)
	equal(t, "client of the token", token.OAuthClient.ID, made.ID)
	isTrue(t, "no SSH key yet", !token.HasSSHKey)
	tokens, err := client.OAuthTokens.List(ctx, organization.Name, nil)
	must(t, err)
	equal(t, "tokens of the organization", len(tokens.Items), 1)
	must(t, client.OAuthClients.Delete(ctx, made.ID))
	_, err = client.OAuthClients.Read(ctx, made.ID)
	isTrue(t, "gone", errors.Is(err, tfe.ErrResourceNotFound))
}

func TestSSHKeyOfAToken(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	organization := newOrganization(t, client)
	token := newOAuthClient(t, client, organization.Name).OAuthTokens[0]
	_, err := client.OAuthTokens.Update(ctx, token.ID, tfe.OAuthTokenUpdateOptions{PrivateSSHKey: tfe.String("nonsense")})
	isTrue(t, "nonsense is refused in the known words", err != nil && strings.Contains(err.Error(), "Ssh key is invalid"))
	key, err := os.ReadFile(setting(t, "COMPAT_SSH_KEY"))
	must(t, err)
	changed, err := client.OAuthTokens.Update(ctx, token.ID, tfe.OAuthTokenUpdateOptions{PrivateSSHKey: tfe.String(string(key))})
	must(t, err)
	isTrue(t, "has an SSH key", changed.HasSSHKey)
}

func TestSSHKeysOfTheOrganization(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	organization := newOrganization(t, client)
	made, err := client.SSHKeys.Create(ctx, organization.Name,
		tfe.SSHKeyCreateOptions{Name: tfe.String("modules"), Value: tfe.String("any text is taken")})
	must(t, err)
	equal(t, "name", made.Name, "modules")
	renamed, err := client.SSHKeys.Update(ctx, made.ID, tfe.SSHKeyUpdateOptions{Name: tfe.String("git")})
	must(t, err)
	equal(t, "new name", renamed.Name, "git")
	list, err := client.SSHKeys.List(ctx, organization.Name, nil)
	must(t, err)
	equal(t, "keys", len(list.Items), 1)
	must(t, client.SSHKeys.Delete(ctx, made.ID))
	_, err = client.SSHKeys.Read(ctx, made.ID)
	isTrue(t, "gone", errors.Is(err, tfe.ErrResourceNotFound))
}
