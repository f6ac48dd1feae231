package compat

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	tfe "github.com/hashicorp/go-tfe"
)

func TestWorkspaceConnectedToARepository(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	organization := newOrganization(t, client)
	token := newOAuthClient(t, client, organization.Name).OAuthTokens[0]
	made := newWorkspace(t, client, organization.Name, token)
	repo := made.VCSRepo
	if repo == nil {
		t.Fatal("the workspace has no vcs-repo")
	}
	equal(t, "identifier", repo.Identifier, repository)
	equal(t, "branch", repo.Branch, "main")
	equal(t, "token", repo.OAuthTokenID, token.ID)
	equal(t, "service provider", repo.ServiceProvider, "github_enterprise")
	isTrue(t, "a webhook address", strings.HasPrefix(repo.WebhookURL, address(t)+"/webhooks/vcs/"))
	isTrue(t, "file triggers are on", made.FileTriggersEnabled)
	isTrue(t, "speculative plans are on", made.SpeculativeEnabled)
	isTrue(t, "not locked", !made.Locked)
	isTrue(t, "may queue runs", made.Permissions.CanQueueRun)

	patterns, err := client.Workspaces.UpdateByID(ctx, made.ID,
		tfe.WorkspaceUpdateOptions{TriggerPatterns: []string{"/modules/**/*"}})
	must(t, err)
	isTrue(t, "patterns are kept", slices.Equal(patterns.TriggerPatterns, []string{"/modules/**/*"}))
	prefixes, err := client.Workspaces.UpdateByID(ctx, made.ID,
		tfe.WorkspaceUpdateOptions{TriggerPrefixes: []string{"/prefix1", "another_one"}})
	must(t, err)
	isTrue(t, "prefixes are kept", slices.Equal(prefixes.TriggerPrefixes, []string{"/prefix1", "another_one"}))
	equal(t, "patterns beside prefixes", len(prefixes.TriggerPatterns), 0)

	byName, err := client.Workspaces.Read(ctx, organization.Name, "prod")
	must(t, err)
	equal(t, "id by name", byName.ID, made.ID)
	list, err := client.Workspaces.List(ctx, organization.Name, &tfe.WorkspaceListOptions{Search: "pro"})
	must(t, err)
	equal(t, "workspaces found", len(list.Items), 1)
	off, err := client.Workspaces.RemoveVCSConnectionByID(ctx, made.ID)
	must(t, err)
	isTrue(t, "disconnected", off.VCSRepo == nil)
	must(t, client.Workspaces.DeleteByID(ctx, made.ID))
	_, err = client.Workspaces.ReadByID(ctx, made.ID)
	isTrue(t, "gone", errors.Is(err, tfe.ErrResourceNotFound))
}

func TestWorkspaceOfARepositoryThatIsNotThereIsRefused(t *testing.T) {
	client := newClient(t)
	organization := newOrganization(t, client)
	token := newOAuthClient(t, client, organization.Name).OAuthTokens[0]
	_, err := client.Workspaces.Create(context.Background(), organization.Name, tfe.WorkspaceCreateOptions{
		Name:    tfe.String("prod"),
		VCSRepo: &tfe.VCSRepoOptions{Identifier: tfe.String("octo/nothing"), OAuthTokenID: tfe.String(token.ID)},
	})
	isTrue(t, "refused in the known words",
		err != nil && strings.Contains(err.Error(), "Repository doesn't exist or isn't accessible"))
}

func TestLocksAndSSHKeyOfAWorkspace(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	organization := newOrganization(t, client)
	made, err := client.Workspaces.Create(ctx, organization.Name, tfe.WorkspaceCreateOptions{Name: tfe.String("plain")})
	must(t, err)
	locked, err := client.Workspaces.Lock(ctx, made.ID, tfe.WorkspaceLockOptions{Reason: tfe.String("maintenance")})
	must(t, err)
	isTrue(t, "locked", locked.Locked)
	_, err = client.Workspaces.Lock(ctx, made.ID, tfe.WorkspaceLockOptions{})
	isTrue(t, "a second lock is refused", errors.Is(err, tfe.ErrWorkspaceLocked))
	unlocked, err := client.Workspaces.Unlock(ctx, made.ID)
	must(t, err)
	isTrue(t, "unlocked", !unlocked.Locked)
	_, err = client.Workspaces.Unlock(ctx, made.ID)
	isTrue(t, "a second unlock is refused", errors.Is(err, tfe.ErrWorkspaceNotLocked))
	key, err := client.SSHKeys.Create(ctx, organization.Name,
		tfe.SSHKeyCreateOptions{Name: tfe.String("modules"), Value: tfe.String("text")})
	must(t, err)
	with, err := client.Workspaces.AssignSSHKey(ctx, made.ID, tfe.WorkspaceAssignSSHKeyOptions{SSHKeyID: tfe.String(key.ID)})
	must(t, err)
	isTrue(t, "has the key", with.SSHKey != nil && with.SSHKey.ID == key.ID)
	without, err := client.Workspaces.UnassignSSHKey(ctx, made.ID)
	must(t, err)
	isTrue(t, "has no key", without.SSHKey == nil)
}

func TestVariables(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	organization := newOrganization(t, client)
	workspace, err := client.Workspaces.Create(ctx, organization.Name, tfe.WorkspaceCreateOptions{Name: tfe.String("plain")})
	must(t, err)
	made, err := client.Variables.Create(ctx, workspace.ID, tfe.VariableCreateOptions{
		Key: tfe.String("REGION"), Value: tfe.String("eu"), Category: tfe.Category(tfe.CategoryEnv)})
	must(t, err)
	equal(t, "value", made.Value, "eu")
	equal(t, "category", made.Category, tfe.CategoryEnv)
	_, err = client.Variables.Create(ctx, workspace.ID, tfe.VariableCreateOptions{
		Key: tfe.String("REGION"), Value: tfe.String("us"), Category: tfe.Category(tfe.CategoryEnv)})
	isTrue(t, "a second one of the same name is refused", err != nil)
	secret, err := client.Variables.Create(ctx, workspace.ID, tfe.VariableCreateOptions{
		Key: tfe.String("password"), Value: tfe.String("hunter2hunter2"), Category: tfe.Category(tfe.CategoryTerraform),
		Sensitive: tfe.Bool(true)})
	must(t, err)
	equal(t, "value of a sensitive variable", secret.Value, "")
	changed, err := client.Variables.Update(ctx, workspace.ID, made.ID, tfe.VariableUpdateOptions{Value: tfe.String("us")})
	must(t, err)
	equal(t, "changed value", changed.Value, "us")
	list, err := client.Variables.List(ctx, workspace.ID, nil)
	must(t, err)
	equal(t, "variables", len(list.Items), 2)
	must(t, client.Variables.Delete(ctx, workspace.ID, made.ID))
	_, err = client.Variables.Read(ctx, workspace.ID, made.ID)
	isTrue(t, "gone", errors.Is(err, tfe.ErrResourceNotFound))
}
