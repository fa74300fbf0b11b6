// The HTTP API: the manifest's routes and no others. Webhooks let everybody through to their handler, which verifies the
// sender; everything else asks for an operator's signature.

import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';

import { COUNTED, type Alarms } from './alarms.ts';
import type { RouteDescription } from './input/manifest.ts';
import { handlerOf } from './input/project.ts';
import type { Stage } from './input/stage.ts';
import type { DataKeys } from './keys.ts';

export interface FrontDoorProps {
  readonly routes: readonly RouteDescription[];
  readonly stage: Stage;
  /** The function of each handler. */
  readonly functions: ReadonlyMap<string, lambda.IFunction>;
  readonly keys: DataKeys;
  readonly alarms: Alarms;
}

/** What is written of each request: nothing of its path, its address or its body, which may be personal. */
const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMilliseconds: '$context.responseLatency',
  integrationStatus: '$context.integrationStatus',
});

/** The API under the stage's domain. */
export class FrontDoor extends Construct {
  readonly api: apigateway.HttpApi;

  constructor(scope: Construct, id: string, private readonly props: FrontDoorProps) {
    super(scope, id);
    this.api = new apigateway.HttpApi(this, 'Api', {
      apiName: 'comanda',
      description: 'webhooks of providers, and calls of operators',
      createDefaultStage: false,
      // The emulator is reached by this address and no other.
      disableExecuteApiEndpoint: props.stage.emulator === undefined,
    });
    this.routes();
    const stage = this.defaultStage();
    const domain = this.domain();
    new apigateway.ApiMapping(this, 'Mapping', { api: this.api, domainName: domain, stage });
    this.records(domain);
    this.watch(stage);
  }

  private routes(): void {
    const operator = this.props.stage.emulator?.withoutOperators ? undefined : new HttpIamAuthorizer();
    const integrations = new Map<string, HttpLambdaIntegration>();
    for (const route of this.props.routes) {
      const handler = handlerOf(route.function);
      const target = this.props.functions.get(handler);
      if (!target) throw new Error(`${route.path} has no function; its check is missing`);
      const integration = integrations.get(handler) ?? new HttpLambdaIntegration(handler, target);
      integrations.set(handler, integration);
      this.api.addRoutes({
        path: route.path,
        methods: [route.method as apigateway.HttpMethod],
        integration,
        authorizer: route.authentication === 'operator' ? operator : new apigateway.HttpNoneAuthorizer(),
      });
    }
  }

  private defaultStage(): apigateway.HttpStage {
    const { stage, keys } = this.props;
    const log = new logs.LogGroup(this, 'AccessLog', {
      logGroupName: '/aws/vendedlogs/comanda-api',
      encryptionKey: keys.business,
      retention: stage.logRetentionDays as logs.RetentionDays,
      removalPolicy: stage.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    return new apigateway.HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: stage.requests.perSecond, burstLimit: stage.requests.burst },
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(log),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    });
  }

  private zone(): route53.IHostedZone | undefined {
    const zone = this.props.stage.hostedZone;
    return zone && route53.HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: zone.id, zoneName: zone.name });
  }

  private domain(): apigateway.DomainName {
    const { stage } = this.props;
    const certificate = new Certificate(this, 'Certificate', {
      domainName: stage.domain,
      validation: CertificateValidation.fromDns(this.zone()),
    });
    return new apigateway.DomainName(this, 'Domain', {
      domainName: stage.domain,
      certificate,
      securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
    });
  }

  private records(domain: apigateway.DomainName): void {
    const zone = this.node.tryFindChild('Zone') as route53.IHostedZone | undefined;
    if (!zone) {
      new CfnOutput(this, 'DomainTarget', {
        value: domain.regionalDomainName,
        description: `make ${this.props.stage.domain} a CNAME record of this`,
      });
      return;
    }
    const target = new ApiGatewayv2DomainProperties(domain.regionalDomainName, domain.regionalHostedZoneId);
    new route53.ARecord(this, 'Record', {
      zone,
      recordName: this.props.stage.domain,
      target: route53.RecordTarget.fromAlias(target),
    });
  }

  private watch(stage: apigateway.HttpStage): void {
    const { alarms } = this.props;
    const add = (id: string, name: string, about: string, metric: cloudwatch.IMetric, threshold = 1) =>
      alarms.add(this, id, { name, about, runbook: 'docs/runbook/api-errors.md', metric, threshold });
    add('ServerErrors', 'comanda-api-errors', 'The API answered with an error of ours, which providers will ask again for.', stage.metricServerError(COUNTED));
    add(
      'ClientErrors',
      'comanda-api-refusals',
      'The API refused many requests: a provider with a wrong token, too many requests, or somebody who tries doors.',
      stage.metricClientError(COUNTED),
      100,
    );
    const latency = stage.metricLatency({ statistic: 'p99', period: Duration.minutes(5) });
    // Twilio gives up after fifteen seconds.
    add('Slow', 'comanda-api-slow', 'One request in a hundred takes longer than ten seconds.', latency, 10_000);
  }
}
