package compat

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	tfe "github.com/hashicorp/go-tfe"
)

// Programs of our own in place of tofu: go-tfe has no field for them.
func usePrograms(t *testing.T, workspace string) {
	t.Helper()
	call(t, "PATCH", address(t)+"/api/v2/workspaces/"+workspace, map[string]any{"data": map[string]any{
		"type": "workspaces",
		"attributes": map[string]any{
			"plan-command":  []string{"sh", "-c", "echo planning in $(ls | head -1)"},
			"apply-command": []string{"sh", "-c", "echo applying"},
		}}})
}

func waitForStatus(t *testing.T, client *tfe.Client, run string, wanted ...tfe.RunStatus) *tfe.Run {
	t.Helper()
	var seen *tfe.Run
	waitFor(t, "a status of the run", func() (bool, string) {
		read, err := client.Runs.ReadWithOptions(context.Background(), run, &tfe.RunReadOptions{
			Include: []tfe.RunIncludeOpt{tfe.RunPlan, tfe.RunApply, tfe.RunWorkspace}})
		must(t, err)
		seen = read
		if read.Status == tfe.RunErrored && !slices.Contains(wanted, tfe.RunErrored) {
			t.Fatalf("the run failed: %s", logOf(t, client, read))
		}
		return slices.Contains(wanted, read.Status), string(read.Status)
	})
	return seen
}

func logOf(t *testing.T, client *tfe.Client, run *tfe.Run) string {
	t.Helper()
	reader, err := client.Plans.Logs(context.Background(), run.Plan.ID)
	must(t, err)
	text, err := io.ReadAll(reader)
	must(t, err)
	return string(text)
}

func connected(t *testing.T, client *tfe.Client) (*tfe.Organization, *tfe.Workspace) {
	t.Helper()
	organization := newOrganization(t, client)
	token := newOAuthClient(t, client, organization.Name).OAuthTokens[0]
	workspace := newWorkspace(t, client, organization.Name, token)
	usePrograms(t, workspace.ID)
	return organization, workspace
}

func TestRunFromPlanToApply(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	organization, workspace := connected(t, client)
	made, err := client.Runs.Create(ctx, tfe.RunCreateOptions{Workspace: workspace, Message: tfe.String("by hand")})
	must(t, err)
	equal(t, "message", made.Message, "by hand")
	equal(t, "source", made.Source, tfe.RunSourceAPI)
	isTrue(t, "refresh by default", made.Refresh)
	isTrue(t, "has a plan", made.Plan != nil && made.Plan.ID != "")
	isTrue(t, "its time of queueing is known", made.StatusTimestamps != nil && !made.StatusTimestamps.PlanQueueableAt.IsZero())

	planned := waitForStatus(t, client, made.ID, tfe.RunPlanned)
	isTrue(t, "has changes", planned.HasChanges)
	isTrue(t, "can be confirmed", planned.Actions.IsConfirmable)
	plan, err := client.Plans.Read(ctx, planned.Plan.ID)
	must(t, err)
	equal(t, "plan", plan.Status, tfe.PlanFinished)
	isTrue(t, "the plan's log is whole", strings.Contains(logOf(t, client, planned), "planning in main.tf"))

	must(t, client.Runs.Apply(ctx, made.ID, tfe.RunApplyOptions{Comment: tfe.String("go")}))
	applied := waitForStatus(t, client, made.ID, tfe.RunApplied)
	reader, err := client.Applies.Logs(ctx, applied.Apply.ID)
	must(t, err)
	text, err := io.ReadAll(reader)
	must(t, err)
	isTrue(t, "the apply's log is whole", strings.Contains(string(text), "applying"))
	comments, err := client.Comments.List(ctx, made.ID)
	must(t, err)
	isTrue(t, "the comment is kept", len(comments.Items) == 1 && comments.Items[0].Body == "go")
	events, err := client.RunEvents.List(ctx, made.ID, nil)
	must(t, err)
	isTrue(t, "has events", len(events.Items) > 0)
	first, err := client.RunEvents.ReadWithOptions(ctx, events.Items[0].ID, &tfe.RunEventReadOptions{Include: []tfe.RunEventIncludeOpt{tfe.RunEventActor}})
	must(t, err)
	equal(t, "an event read alone", first.Action, events.Items[0].Action)
	isTrue(t, "with who did it", first.Actor != nil && first.Actor.Username != "")
	runs, err := client.Runs.List(ctx, workspace.ID, nil)
	must(t, err)
	equal(t, "runs", len(runs.Items), 1)
	capacity, err := client.Organizations.ReadCapacity(ctx, organization.Name)
	must(t, err)
	equal(t, "runs at work", capacity.Running, 0)
	isTrue(t, "an applied run cannot be applied again", client.Runs.Apply(ctx, made.ID, tfe.RunApplyOptions{}) != nil)
}

func TestDiscardedRunLetsTheNextOneGoOn(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	_, workspace := connected(t, client)
	first, err := client.Runs.Create(ctx, tfe.RunCreateOptions{Workspace: workspace})
	must(t, err)
	waitForStatus(t, client, first.ID, tfe.RunPlanned)
	second, err := client.Runs.Create(ctx, tfe.RunCreateOptions{Workspace: workspace})
	must(t, err)
	pending, err := client.Runs.List(ctx, workspace.ID, &tfe.RunListOptions{Status: string(tfe.RunPending)})
	must(t, err)
	isTrue(t, "the second waits", len(pending.Items) == 1 && pending.Items[0].ID == second.ID)
	must(t, client.Runs.Discard(ctx, first.ID, tfe.RunDiscardOptions{Comment: tfe.String("no")}))
	waitForStatus(t, client, first.ID, tfe.RunDiscarded)
	waitForStatus(t, client, second.ID, tfe.RunPlanned)
}

func TestPushMakesARun(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	_, workspace := connected(t, client)
	first, err := client.Runs.Create(ctx, tfe.RunCreateOptions{Workspace: workspace})
	must(t, err)
	waitForStatus(t, client, first.ID, tfe.RunPlanned)
	must(t, client.Runs.Discard(ctx, first.ID, tfe.RunDiscardOptions{}))
	waitFor(t, "the webhook", func() (bool, string) {
		state := call(t, "GET", forge(t)+"/_fake/state", nil)
		hooks, _ := state["hooks"].([]any)
		for _, hook := range hooks {
			config, _ := hook.(map[string]any)["config"].(map[string]any)
			if config["url"] == workspace.VCSRepo.WebhookURL {
				return true, ""
			}
		}
		return false, "no hook with this address"
	})
	sha := push(t)
	call(t, "POST", forge(t)+"/_fake/deliver", map[string]any{"event": "push", "repo": repository})
	var run *tfe.Run
	waitFor(t, "a run for the push", func() (bool, string) {
		runs, err := client.Runs.List(ctx, workspace.ID,
			&tfe.RunListOptions{Include: []tfe.RunIncludeOpt{tfe.RunConfigVerIngress}})
		must(t, err)
		for _, one := range runs.Items {
			if one.Source == tfe.RunSourceConfigurationVersion {
				run = one
				return true, ""
			}
		}
		return false, "no run of that source"
	})
	equal(t, "message", run.Message, "Change main.tf")
	waitForStatus(t, client, run.ID, tfe.RunPlanned)
	version, err := client.ConfigurationVersions.ReadWithOptions(ctx, run.ConfigurationVersion.ID,
		&tfe.ConfigurationVersionReadOptions{Include: []tfe.ConfigVerIncludeOpt{tfe.ConfigVerIngressAttributes}})
	must(t, err)
	equal(t, "source", version.Source, tfe.ConfigurationSourceGithub)
	equal(t, "status", version.Status, tfe.ConfigurationUploaded)
	if version.IngressAttributes == nil {
		t.Fatal("the configuration version has no ingress attributes")
	}
	equal(t, "commit", version.IngressAttributes.CommitSHA, sha)
	equal(t, "branch", version.IngressAttributes.Branch, "main")
	files, err := client.ConfigurationVersions.Download(ctx, version.ID)
	must(t, err)
	isTrue(t, "the files can be fetched", len(files) > 0)
}
