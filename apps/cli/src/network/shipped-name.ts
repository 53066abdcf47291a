/** The network whose weights come with this package. */
export const SHIPPED_ARCHITECTURE = 'resnet20_cifar';
