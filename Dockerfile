# tracelab with its production dependencies, for workers of a sweep: docker build -t tracelab .
FROM node:26-slim AS build
WORKDIR /source
COPY . .
# npm ci also builds (the prepare script). The package is what npm would publish; its dependencies are those of the lock
# file, without scripts.
RUN npm ci --no-audit --no-fund && npm pack --ignore-scripts
RUN mkdir /package \
 && tar -xzf tracelab-*.tgz -C /package --strip-components=1 \
 && cp package-lock.json /package \
 && npm ci --prefix /package --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:26-slim
COPY --from=build /package /opt/tracelab
RUN ln -s /opt/tracelab/dist/src/cli/bin.js /usr/local/bin/tracelab
# The user of the image without rights, by number: Kubernetes checks that it is not root.
USER 1000:1000
WORKDIR /tmp
ENTRYPOINT ["tracelab"]
CMD ["--help"]
